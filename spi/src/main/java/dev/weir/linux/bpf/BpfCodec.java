package dev.weir.linux.bpf;

import java.nio.ByteBuffer;

/**
 * How a Java value stands in a key or value of a map.
 *
 * @param <T> the Java type
 */
public interface BpfCodec<T> {
    /** 32 bits in the machine's order. */
    BpfCodec<Integer> INT32 = new BpfCodec<>() {
        @Override
        public int bytes() {
            return Integer.BYTES;
        }

        @Override
        public void write(Integer value, ByteBuffer to, int offset) {
            to.putInt(offset, value);
        }

        @Override
        public Integer read(ByteBuffer from, int offset) {
            return from.getInt(offset);
        }
    };

    /** 64 bits in the machine's order. */
    BpfCodec<Long> INT64 = new BpfCodec<>() {
        @Override
        public int bytes() {
            return Long.BYTES;
        }

        @Override
        public void write(Long value, ByteBuffer to, int offset) {
            to.putLong(offset, value);
        }

        @Override
        public Long read(ByteBuffer from, int offset) {
            return from.getLong(offset);
        }
    };

    /** The size of the C type, padding included. */
    int bytes();

    /**
     * Writes every byte of it, padding as zero: keys are compared as bytes.
     *
     * @param to in the machine's order; only by index
     */
    void write(T value, ByteBuffer to, int offset);

    /** @param from in the machine's order; only by index */
    T read(ByteBuffer from, int offset);
}
