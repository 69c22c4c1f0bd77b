package dev.weir.linux.bpf;

import dev.weir.linux.Errno;
import dev.weir.linux.Fd;
import dev.weir.linux.NativeBuffer;
import java.lang.ref.Reference;

/**
 * A map in the kernel, with keys and values as bytes in native memory; {@link TypedMap} gives them types. Any thread may
 * call, with buffers of its own. Each call is one system call.
 */
public final class BpfMap implements AutoCloseable {
    private static final long NO_OPTIONS = 0;

    /** The kernel's own number, in no uapi header ({@code include/linux/errno.h}): bpf(2) lets it through. */
    private static final int ENOTSUPP = 524;

    private final String name;
    private final Fd fd;
    private final int type;
    private final int keyBytes;
    private final int valueBytes;
    private final int maxEntries;

    /** Until the kernel says otherwise. */
    private volatile boolean batches = true;

    BpfMap(String name, Fd fd, int type, int keyBytes, int valueBytes, int maxEntries) {
        this.name = name;
        this.fd = fd;
        this.type = type;
        this.keyBytes = keyBytes;
        this.valueBytes = valueBytes;
        this.maxEntries = maxEntries;
    }

    /** {@code struct bpf_map_create_opts} of libbpf. */
    static final class CreateOptions {
        static final int BYTES = 56;
        static final int SZ = 0;
        static final int INNER_MAP_FD = 24;
        static final int MAP_FLAGS = 28;

        private CreateOptions() {}
    }

    /**
     * Makes a map, for instance one that is put into a map of maps.
     *
     * @param name at most 15 characters are kept by the kernel
     * @param type {@code BpfUapi.BPF_MAP_TYPE_…}
     * @param flags {@code BpfUapi.BPF_F_…}
     */
    public static BpfMap create(String name, int type, int keyBytes, int valueBytes, int maxEntries, int flags) {
        Libbpf.require();
        NativeBuffer options = NativeBuffer.allocate(CreateOptions.BYTES);
        options.bytes().putLong(CreateOptions.SZ, CreateOptions.BYTES);
        options.bytes().putInt(CreateOptions.MAP_FLAGS, flags);
        int made = Libbpf.check(
                Libbpf.bpf_map_create(type, name, keyBytes, valueBytes, maxEntries, options.address()),
                "bpf_map_create(" + name + ")");
        Reference.reachabilityFence(options);
        return new BpfMap(name, Fd.owning(made), type, keyBytes, valueBytes, maxEntries);
    }

    /**
     * Makes a map of maps.
     *
     * @param inner one of the maps that it will hold; all have to be of this kind
     */
    static BpfMap createOfMaps(String name, int maxEntries, BpfMap inner) {
        NativeBuffer options = NativeBuffer.allocate(CreateOptions.BYTES);
        options.bytes().putLong(CreateOptions.SZ, CreateOptions.BYTES);
        options.bytes().putInt(CreateOptions.INNER_MAP_FD, inner.fd().number());
        int type = BpfUapi.BPF_MAP_TYPE_ARRAY_OF_MAPS;
        int made = Libbpf.check(
                Libbpf.bpf_map_create(type, name, Integer.BYTES, Integer.BYTES, maxEntries, options.address()),
                "bpf_map_create(" + name + ")");
        Reference.reachabilityFence(options);
        return new BpfMap(name, Fd.owning(made), type, Integer.BYTES, Integer.BYTES, maxEntries);
    }

    /** How many processors the kernel may ever have: a value of a per-CPU map holds as many copies. */
    public static int possibleProcessors() {
        Libbpf.require();
        return Libbpf.check(Libbpf.libbpf_num_possible_cpus(), "libbpf_num_possible_cpus");
    }

    public String name() {
        return name;
    }

    public Fd fd() {
        return fd;
    }

    /** {@code BpfUapi.BPF_MAP_TYPE_…}. */
    public int type() {
        return type;
    }

    public int keyBytes() {
        return keyBytes;
    }

    /** Of one copy, where a value has one for each processor. */
    public int valueBytes() {
        return valueBytes;
    }

    public int maxEntries() {
        return maxEntries;
    }

    public boolean isPerProcessor() {
        return type == BpfUapi.BPF_MAP_TYPE_PERCPU_ARRAY
                || type == BpfUapi.BPF_MAP_TYPE_PERCPU_HASH
                || type == BpfUapi.BPF_MAP_TYPE_LRU_PERCPU_HASH;
    }

    /**
     * What a system call moves for one value: copies for each processor, at multiples of eight bytes, where the map has
     * them, else the value.
     */
    public int transferBytes() {
        return isPerProcessor() ? (valueBytes + 7 & -8) * possibleProcessors() : valueBytes;
    }

    /** Room for one key. */
    public NativeBuffer newKey() {
        return NativeBuffer.allocate(keyBytes);
    }

    /** Room for one value as it is transferred. */
    public NativeBuffer newValue() {
        return NativeBuffer.allocate(transferBytes());
    }

    /** Reads an entry; false when there is none. */
    public boolean lookup(NativeBuffer key, NativeBuffer value) {
        requireRoom(key, keyBytes);
        requireRoom(value, transferBytes());
        int result = Libbpf.bpf_map_lookup_elem(fd.number(), key.address(), value.address());
        Reference.reachabilityFence(key);
        Reference.reachabilityFence(value);
        return found(result, "lookup");
    }

    /** Makes or changes an entry. */
    public void put(NativeBuffer key, NativeBuffer value) {
        int result = tryPut(key, value, BpfUapi.BPF_ANY);
        if (result < 0) {
            throw Libbpf.failure("update of the map " + name, -result);
        }
    }

    /**
     * As {@link #put}, for where a refusal is an answer.
     *
     * @param flags {@code BpfUapi.BPF_ANY}, {@code BPF_NOEXIST} or {@code BPF_EXIST}
     * @return 0, or minus the errno: E2BIG (7) when the map is full, EEXIST, ENOENT
     */
    public int tryPut(NativeBuffer key, NativeBuffer value, long flags) {
        requireRoom(key, keyBytes);
        requireRoom(value, transferBytes());
        int result = Libbpf.bpf_map_update_elem(fd.number(), key.address(), value.address(), flags);
        Reference.reachabilityFence(key);
        Reference.reachabilityFence(value);
        return result;
    }

    /** Takes an entry out; false when there was none. */
    public boolean remove(NativeBuffer key) {
        requireRoom(key, keyBytes);
        int result = Libbpf.bpf_map_delete_elem(fd.number(), key.address());
        Reference.reachabilityFence(key);
        return found(result, "delete");
    }

    /**
     * Makes or changes several entries, with one system call where the kernel can (Linux 5.6 and later, most kinds of
     * maps), else one by one.
     *
     * @param keys one behind the other, {@link #keyBytes()} each
     * @param values one behind the other, {@link #transferBytes()} each
     * @return 0, or minus the errno of the entry that was refused: E2BIG when the map is full. Those before it are in
     */
    public int tryPutAll(NativeBuffer keys, NativeBuffer values, int count) {
        requireRoom(keys, Math.multiplyExact(keyBytes, count));
        requireRoom(values, Math.multiplyExact(transferBytes(), count));
        if (count == 0) {
            return 0;
        }
        if (batches) {
            NativeBuffer done = NativeBuffer.allocate(Integer.BYTES);
            done.bytes().putInt(0, count);
            int result = Libbpf.bpf_map_update_batch(
                    fd.number(), keys.address(), values.address(), done.address(), NO_OPTIONS);
            Reference.reachabilityFence(keys);
            Reference.reachabilityFence(values);
            if (!lacksBatches(result)) {
                return result;
            }
            batches = false;
        }
        int result = 0;
        for (int i = 0; i < count && result >= 0; i++) {
            result = Libbpf.bpf_map_update_elem(
                    fd.number(),
                    keys.address() + (long) i * keyBytes,
                    values.address() + (long) i * transferBytes(),
                    BpfUapi.BPF_ANY);
        }
        Reference.reachabilityFence(keys);
        Reference.reachabilityFence(values);
        return result;
    }

    /**
     * Takes several entries out, in batches where the kernel can; keys that are not there do not matter.
     *
     * @param keys one behind the other, {@link #keyBytes()} each
     */
    public void removeAll(NativeBuffer keys, int count) {
        requireRoom(keys, Math.multiplyExact(keyBytes, count));
        NativeBuffer done = NativeBuffer.allocate(Integer.BYTES);
        int from = 0;
        while (from < count) {
            long address = keys.address() + (long) from * keyBytes;
            int result;
            int removed = 1;
            if (batches) {
                done.bytes().putInt(0, count - from);
                result = Libbpf.bpf_map_delete_batch(fd.number(), address, done.address(), NO_OPTIONS);
                if (lacksBatches(result)) {
                    batches = false;
                    continue;
                }
                // A batch ends at a key that is not there; it goes on behind it.
                removed = done.bytes().getInt(0) + (result == -Errno.ENOENT ? 1 : 0);
            } else {
                result = Libbpf.bpf_map_delete_elem(fd.number(), address);
            }
            found(result, "delete");
            from += Math.max(1, removed);
        }
        Reference.reachabilityFence(keys);
    }

    /** A walk over all entries; what changes meanwhile may be seen or not, or twice. */
    public MapScan scan() {
        return new MapScan(this);
    }

    boolean batches() {
        return batches;
    }

    void withoutBatches() {
        batches = false;
    }

    /** Kernels before 5.6 do not know the command (EINVAL), later ones not for every kind of map (ENOTSUPP). */
    static boolean lacksBatches(int result) {
        return result == -ENOTSUPP || result == -Errno.EINVAL || result == -Errno.EOPNOTSUPP;
    }

    /** Puts a descriptor, of a map or of an AF_XDP socket, where a map holds such: its values are 32 bits. */
    public void putFd(int index, Fd element) {
        NativeBuffer key = NativeBuffer.allocate(Integer.BYTES);
        NativeBuffer value = NativeBuffer.allocate(Integer.BYTES);
        key.bytes().putInt(0, index);
        value.bytes().putInt(0, element.number());
        put(key, value);
    }

    /** Takes out what {@link #putFd} put in; false when there was nothing. */
    public boolean removeAt(int index) {
        NativeBuffer key = NativeBuffer.allocate(Integer.BYTES);
        key.bytes().putInt(0, index);
        return remove(key);
    }

    private boolean found(int result, String what) {
        if (result < 0 && result != -Errno.ENOENT) {
            throw Libbpf.failure(what + " in the map " + name, -result);
        }
        return result >= 0;
    }

    private void requireRoom(NativeBuffer buffer, int lengthBytes) {
        if (buffer.lengthBytes() < lengthBytes) {
            throw new IllegalArgumentException(
                    "the map " + name + " needs " + lengthBytes + " bytes here, not " + buffer.lengthBytes());
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return "BPF map " + name;
    }
}
