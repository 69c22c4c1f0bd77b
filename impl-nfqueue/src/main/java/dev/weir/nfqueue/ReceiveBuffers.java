package dev.weir.nfqueue;

import dev.weir.linux.MessageBatch;
import dev.weir.linux.NativeBuffer;
import java.nio.ByteBuffer;

/**
 * The buffers that datagrams are received into, one at each place of the batch. A packet may keep its buffer. If it still
 * has it when the next datagrams are received, a spare one takes the place; else the same one is filled again, while it is
 * in the processor's cache. Spare ones are made when first needed, up to a bound, and used again; a batch that is larger
 * than usual takes its places from them.
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
    private final int usual;
    private final Buffer[] standing;
    private final Buffer[] spare;
    private final MessageBatch batch;
    private int places;
    private int spares;
    private int toMake;

    /** Buffers that are kept and still stand in their place. */
    private int keptStanding;

    /**
     * @param usual places that always have a buffer
     * @param most places there are
     * @param spareBuffers for what is kept, and for more places than usual
     */
    ReceiveBuffers(int usual, int most, int spareBuffers, int bufferBytes) {
        this.bufferBytes = bufferBytes;
        this.usual = usual;
        batch = MessageBatch.pointing(most);
        standing = new Buffer[most];
        spare = new Buffer[spareBuffers];
        toMake = spareBuffers;
        while (places < usual) {
            stand(places++, make());
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

    /**
     * Before the next receive: puts spare buffers in the place of those that are kept, and gives as many places as are
     * wanted a buffer.
     *
     * @return how many have one, at most as many as are wanted
     */
    int renew(int wanted) {
        for (int place = 0; keptStanding > 0; place++) {
            Buffer buffer = standing[place];
            if (buffer.kept) {
                keptStanding--;
                buffer.stands = false;
                stand(place, takeSpare());
            }
        }
        while (places > Math.max(usual, wanted)) {
            Buffer buffer = standing[--places];
            standing[places] = null;
            buffer.stands = false;
            spare[spares++] = buffer;
        }
        while (places < wanted && spares + toMake > 0) {
            stand(places++, takeSpare());
        }
        return Math.min(places, wanted);
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
