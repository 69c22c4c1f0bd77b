package dev.weir.classify.dhcp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * Entries that leave when their time is over, and at most so many: a full table gives up the one that would leave first. Not
 * thread-safe.
 */
final class ExpiringTable<K, V> {
    private final int capacity;
    private final Map<K, Entry<K, V>> byKey = new HashMap<>();
    private final TreeSet<Entry<K, V>> byTime = new TreeSet<>();
    private long sequence;
    private long evicted;

    /** Made new whenever its time changes, since the set orders by it. */
    private record Entry<K, V>(K key, V value, long expiresNs, long sequence) implements Comparable<Entry<K, V>> {
        @Override
        public int compareTo(Entry<K, V> other) {
            int order = Long.compare(expiresNs, other.expiresNs);
            return order != 0 ? order : Long.compare(sequence, other.sequence);
        }
    }

    ExpiringTable(int capacity) {
        this.capacity = capacity;
    }

    /** The value, or null. */
    V get(K key) {
        Entry<K, V> entry = byKey.get(key);
        return entry == null ? null : entry.value;
    }

    /** Adds or replaces an entry; returns the one that had to leave for it, or null. */
    V put(K key, V value, long expiresNs) {
        remove(key);
        V left = null;
        if (byKey.size() >= capacity) {
            Entry<K, V> first = byTime.pollFirst();
            byKey.remove(first.key);
            left = first.value;
            evicted++;
        }
        Entry<K, V> entry = new Entry<>(key, value, expiresNs, sequence++);
        byKey.put(key, entry);
        byTime.add(entry);
        return left;
    }

    /** Takes an entry out; its value, or null. */
    V remove(K key) {
        Entry<K, V> entry = byKey.remove(key);
        if (entry == null) {
            return null;
        }
        byTime.remove(entry);
        return entry.value;
    }

    /** Takes out what has expired, the earliest first. */
    void expire(long nowNs, BiConsumer<? super K, ? super V> left) {
        while (!byTime.isEmpty() && byTime.first().expiresNs <= nowNs) {
            Entry<K, V> entry = byTime.pollFirst();
            byKey.remove(entry.key);
            left.accept(entry.key, entry.value);
        }
    }

    /** All values, the first to expire first. */
    List<V> values() {
        List<V> values = new ArrayList<>(byTime.size());
        byTime.forEach(entry -> values.add(entry.value));
        return List.copyOf(values);
    }

    int size() {
        return byKey.size();
    }

    /** How many had to leave because the table was full. */
    long evicted() {
        return evicted;
    }
}
