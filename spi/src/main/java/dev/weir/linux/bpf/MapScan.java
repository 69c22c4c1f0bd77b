package dev.weir.linux.bpf;

import dev.weir.linux.Errno;
import dev.weir.linux.NativeBuffer;
import java.lang.ref.Reference;

/**
 * A walk over the entries of a {@link BpfMap}, a batch at a time where the kernel can, else one by one. Made by
 * {@link BpfMap#scan()}, used once, by one thread:
 *
 * <pre>{@code
 * for (MapScan scan = map.scan(); scan.next(); ) {
 *     for (int i = 0; i < scan.count(); i++) { … scan.keys().bytes() at i * map.keyBytes() … }
 * }
 * }</pre>
 */
public final class MapScan {
    /** Also what a bucket of a hash table may hold at most, before the batch has to grow. */
    private static final int FIRST_BATCH = 1024;

    private static final int LARGEST_BATCH = 1 << 20;

    private final BpfMap map;
    private final NativeBuffer done = NativeBuffer.allocate(Integer.BYTES);
    private final NativeBuffer position;
    private int batch = FIRST_BATCH;
    private NativeBuffer keys;
    private NativeBuffer values;
    private int count;
    private boolean begun;
    private boolean ended;

    MapScan(BpfMap map) {
        this.map = map;
        // The kernel's place in a hash table is 32 bits, in other maps a key.
        this.position = NativeBuffer.allocate(Math.max(Integer.BYTES, map.keyBytes()));
        makeRoom();
    }

    private void makeRoom() {
        keys = NativeBuffer.allocate(map.keyBytes() * batch);
        values = NativeBuffer.allocate(map.transferBytes() * batch);
    }

    /** Goes on to the next batch; false at the end. The bytes of the one before are overwritten. */
    public boolean next() {
        if (ended) {
            return false;
        }
        return map.batches() ? nextBatch() : nextOne();
    }

    /** Ends, as every call takes the walk further through the map or doubles the batch. */
    private boolean nextBatch() {
        while (true) {
            done.bytes().putInt(0, batch);
            long at = position.address();
            int result = Libbpf.bpf_map_lookup_batch(
                    map.fd().number(), begun ? at : 0, at, keys.address(), values.address(), done.address(), 0);
            Reference.reachabilityFence(this);
            if (result == -Errno.ENOSPC && batch < LARGEST_BATCH) {
                batch *= 2; // a bucket holds more than the batch
                makeRoom();
                continue;
            }
            if (!begun && BpfMap.lacksBatches(result)) {
                map.withoutBatches();
                return nextOne();
            }
            if (result < 0 && result != -Errno.ENOENT) {
                throw Libbpf.failure("lookup in the map " + map.name(), -result);
            }
            begun = true;
            ended = result == -Errno.ENOENT; // this is the last batch
            count = done.bytes().getInt(0);
            if (count > 0 || ended) {
                return count > 0;
            }
        }
    }

    private boolean nextOne() {
        while (true) {
            int result =
                    Libbpf.bpf_map_get_next_key(map.fd().number(), begun ? position.address() : 0, position.address());
            if (result == -Errno.ENOENT) {
                ended = true;
                count = 0;
                return false;
            }
            Libbpf.check(result, "walk through the map " + map.name());
            begun = true;
            keys.bytes().put(0, position.bytes(), 0, map.keyBytes());
            if (map.lookup(keys, values)) { // else it has just been removed
                count = 1;
                return true;
            }
        }
    }

    /** Entries in this batch. */
    public int count() {
        return count;
    }

    /** The keys of this batch, one behind the other. */
    public NativeBuffer keys() {
        return keys;
    }

    /** The values of this batch, one behind the other, {@link BpfMap#transferBytes()} each. */
    public NativeBuffer values() {
        return values;
    }
}
