package dev.weir.nfqueue;

import dev.weir.linux.MessageBatch;
import dev.weir.linux.NativeBuffer;

/**
 * The buffers that datagrams are received into, one at each place of the batch. A packet may keep its buffer, and a
 * spare one then stands in its place. Spare ones are made when first needed, up to a bound, and used again.
 */
final class ReceiveBuffers {
    private final int bufferBytes;
    private final NativeBuffer[] standing;
    private final NativeBuffer[] spare;
    private final MessageBatch batch;
    private int spares;
    private int toMake;

    ReceiveBuffers(int batchSize, int spareBuffers, int bufferBytes) {
        this.bufferBytes = bufferBytes;
        batch = MessageBatch.pointing(batchSize);
        standing = new NativeBuffer[batchSize];
        spare = new NativeBuffer[spareBuffers];
        toMake = spareBuffers;
        for (int i = 0; i < batchSize; i++) {
            stand(i, NativeBuffer.allocate(bufferBytes));
        }
    }

    private void stand(int place, NativeBuffer buffer) {
        standing[place] = buffer;
        batch.point(place, buffer.address(), buffer.lengthBytes());
    }

    MessageBatch batch() {
        return batch;
    }

    NativeBuffer at(int place) {
        return standing[place];
    }

    boolean hasSpare() {
        return spares > 0 || toMake > 0;
    }

    /** Takes the buffer away from its place, where a spare one then stands. */
    NativeBuffer take(int place) {
        NativeBuffer taken = standing[place];
        if (spares > 0) {
            stand(place, spare[--spares]);
            spare[spares] = null;
        } else {
            toMake--;
            stand(place, NativeBuffer.allocate(bufferBytes));
        }
        return taken;
    }

    void giveBack(NativeBuffer buffer) {
        spare[spares++] = buffer;
    }
}
