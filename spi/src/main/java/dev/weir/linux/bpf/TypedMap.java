package dev.weir.linux.bpf;

import dev.weir.linux.NativeBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A {@link BpfMap} whose keys and values are Java objects. Allocates with each call: for settings and reports, not for
 * packets. Any thread.
 *
 * @param <K> the keys
 * @param <V> the values; of a per-CPU map a list with one for each processor, see {@link #perProcessor}
 */
public final class TypedMap<K, V> {
    private static final int BATCH = 4096;

    private final BpfMap map;
    private final BpfCodec<K> keys;
    private final BpfCodec<V> values;

    /**
     * Puts types on a map.
     *
     * @throws IllegalArgumentException when their sizes are not those of the map
     */
    public TypedMap(BpfMap map, BpfCodec<K> keys, BpfCodec<V> values) {
        if (keys.bytes() != map.keyBytes() || values.bytes() != map.transferBytes()) {
            throw new IllegalArgumentException("the map " + map.name() + " has keys of " + map.keyBytes()
                    + " bytes and values of " + map.transferBytes() + ", not " + keys.bytes() + " and "
                    + values.bytes());
        }
        this.map = map;
        this.keys = keys;
        this.values = values;
    }

    /** What a value of a per-CPU map is: one element for each possible processor. */
    public static <V> BpfCodec<List<V>> perProcessor(BpfCodec<V> element) {
        int stride = element.bytes() + 7 & -8;
        int processors = BpfMap.possibleProcessors();
        return new BpfCodec<>() {
            @Override
            public int bytes() {
                return stride * processors;
            }

            @Override
            public void write(List<V> all, ByteBuffer to, int offset) {
                for (int i = 0; i < processors; i++) {
                    element.write(all.get(i), to, offset + i * stride);
                }
            }

            @Override
            public List<V> read(ByteBuffer from, int offset) {
                List<V> all = new ArrayList<>(processors);
                for (int i = 0; i < processors; i++) {
                    all.add(element.read(from, offset + i * stride));
                }
                return all;
            }
        };
    }

    /** The value, if there is an entry. */
    public Optional<V> get(K key) {
        NativeBuffer value = map.newValue();
        return map.lookup(written(key), value) ? Optional.of(values.read(value.bytes(), 0)) : Optional.empty();
    }

    /** Makes or changes an entry. */
    public void put(K key, V value) {
        NativeBuffer bytes = map.newValue();
        values.write(value, bytes.bytes(), 0);
        map.put(written(key), bytes);
    }

    /** Makes or changes entries, thousands with one system call where the kernel can. */
    public void putAll(Map<K, V> entries) {
        NativeBuffer keyBytes = NativeBuffer.allocate(keys.bytes() * BATCH);
        NativeBuffer valueBytes = NativeBuffer.allocate(values.bytes() * BATCH);
        Iterator<Map.Entry<K, V>> all = entries.entrySet().iterator();
        while (all.hasNext()) {
            int count = 0;
            while (count < BATCH && all.hasNext()) {
                Map.Entry<K, V> entry = all.next();
                keys.write(entry.getKey(), keyBytes.bytes(), count * keys.bytes());
                values.write(entry.getValue(), valueBytes.bytes(), count * values.bytes());
                count++;
            }
            Libbpf.check(map.tryPutAll(keyBytes, valueBytes, count), "update of the map " + map.name());
        }
    }

    /** Takes an entry out; false when there was none. */
    public boolean remove(K key) {
        return map.remove(written(key));
    }

    /** Every entry; what changes meanwhile may be seen or not, or twice. */
    public void forEach(BiConsumer<? super K, ? super V> action) {
        for (MapScan scan = map.scan(); scan.next(); ) {
            for (int i = 0; i < scan.count(); i++) {
                action.accept(
                        keys.read(scan.keys().bytes(), i * keys.bytes()),
                        values.read(scan.values().bytes(), i * values.bytes()));
            }
        }
    }

    private NativeBuffer written(K key) {
        NativeBuffer bytes = map.newKey();
        keys.write(key, bytes.bytes(), 0);
        return bytes;
    }
}
