package dev.weir.xdp.filter;

import dev.weir.Blocklist.Side;
import dev.weir.WeirException;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.bpf.BpfMap;
import java.nio.ByteBuffer;

/** One map of a blocklist while it is being filled: entries go to the kernel some thousands at a time. */
final class BlockTable implements AutoCloseable {
    private static final int BATCH = 16_384;

    private final BpfMap map;
    private final int batch;
    private final NativeBuffer keys;
    private final NativeBuffer values;
    private int count;

    /** @param entries at most so many, at least one */
    BlockTable(String name, int type, int keyBytes, int entries, int flags) {
        map = BpfMap.create(name, type, keyBytes, Integer.BYTES, entries, flags);
        batch = Math.min(BATCH, entries);
        keys = NativeBuffer.allocate(batch * keyBytes);
        values = NativeBuffer.allocate(batch * Integer.BYTES);
    }

    static int sides(Side side) {
        return switch (side) {
            case SOURCE -> Layout.WEIR_SOURCE;
            case DESTINATION -> Layout.WEIR_DESTINATION;
            case EITHER -> Layout.WEIR_SOURCE | Layout.WEIR_DESTINATION;
        };
    }

    /** Where the key of the next entry is to be written; followed by {@link #add}. */
    ByteBuffer keys() {
        if (count == batch) {
            flush();
        }
        return keys.bytes();
    }

    int at() {
        return count * map.keyBytes();
    }

    void add(int value) {
        values.bytes().putInt(count++ * Integer.BYTES, value);
    }

    private void flush() {
        int result = map.tryPutAll(keys, values, count);
        count = 0;
        if (result < 0) {
            throw new WeirException(
                    "the kernel takes no more entries of the blocklist",
                    new LinuxException("update of " + map, -result));
        }
    }

    /** What was added is in. */
    BpfMap filled() {
        flush();
        return map;
    }

    @Override
    public void close() {
        map.close();
    }
}
