package dev.weir.nfqueue;

import dev.weir.linux.MessageBatch;
import dev.weir.linux.NativeBuffer;
import java.nio.ByteBuffer;

/**
 * The buffers that datagrams are received into, one at each place of the batch. A packet may keep its buffer. If it still
 * has it when the next datagrams are received, a spare one takes the place; else the same one is filled again, while it is
 * in the processor's cache. Spare ones are made when first needed, up to a bound, and used again.
 */
final class ReceiveBuffers {
    /** One buffer. */
    static final class Buffer {
        private final NativeBuffer memory;
        private boolean kept;
        private boolean stands;

        private Buffer(NativeBuffer memory) {
            this.memory = memory;
        }
    }

    private final int bufferBytes;
    private final Buffer[] standing;
    private final Buffer[] spare;
    private final MessageBatch batch;
    private int spares;
    private int toMake;

    /** Buffers that are kept and still stand in their place. */
    private int keptStanding;

    ReceiveBuffers(int batchSize, int spareBuffers, int bufferBytes) {
        this.bufferBytes = bufferBytes;
        batch = MessageBatch.pointing(batchSize);
        standing = new Buffer[batchSize];
        spare = new Buffer[spareBuffers];
        toMake = spareBuffers;
        for (int i = 0; i < batchSize; i++) {
            stand(i, make());
        }
    }

    private Buffer make() {
        return new Buffer(NativeBuffer.allocate(bufferBytes));
    }

    private void stand(int place, Buffer buffer) {
        standing[place] = buffer;
        buffer.stands = true;
        batch.point(place, buffer.memory.address(), buffer.memory.lengthBytes());
    }

    MessageBatch batch() {
        return batch;
    }

    ByteBuffer bytes(int place) {
        return standing[place].memory.bytes();
    }

    /** True when one more can be kept. */
    boolean hasSpare() {
        return spares + toMake > keptStanding;
    }

    /** Has the buffer at a place kept until it is given back. */
    Buffer keep(int place) {
        Buffer buffer = standing[place];
        buffer.kept = true;
        keptStanding++;
        return buffer;
    }

    void giveBack(Buffer buffer) {
        buffer.kept = false;
        if (buffer.stands) {
            keptStanding--;
        } else {
            spare[spares++] = buffer;
        }
    }

    /** Before the next receive: puts spare buffers in the place of those that are kept. */
    void renew() {
        for (int place = 0; keptStanding > 0; place++) {
            Buffer buffer = standing[place];
            if (buffer.kept) {
                keptStanding--;
                buffer.stands = false;
                stand(place, takeSpare());
            }
        }
    }

    private Buffer takeSpare() {
        if (spares == 0) {
            toMake--;
            return make();
        }
        Buffer buffer = spare[--spares];
        spare[spares] = null;
        return buffer;
    }
}
