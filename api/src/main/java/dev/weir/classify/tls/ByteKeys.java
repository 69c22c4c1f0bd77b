package dev.weir.classify.tls;

import java.util.Arrays;

/**
 * A map from short byte strings to values, asked without allocation: open addressing, a table at most half full, so each
 * search ends at a free place. Keys are hashed from their last byte to their first: whoever looks up the ends of a name,
 * label by label, hashes each byte once. Built once, then read by any thread.
 *
 * @param <V> what is kept
 */
final class ByteKeys<V> {
    private byte[][] keys = new byte[16][];
    private Object[] values = new Object[16];
    private int size;

    /** The hash of a key that is one byte longer at its front. Begins with 0. */
    static int extend(int hash, int b) {
        return (hash ^ b) * 0x0100_0193; // FNV-1a
    }

    /** Keeps a value; the first one for a key stays. */
    void put(byte[] key, V value) {
        if (2 * (size + 1) > keys.length) {
            grow();
        }
        int place = place(keys, key, 0, key.length, hash(key));
        if (keys[place] == null) {
            keys[place] = key;
            values[place] = value;
            size++;
        }
    }

    private static int hash(byte[] key) {
        int hash = 0;
        for (int i = key.length - 1; i >= 0; i--) {
            hash = extend(hash, key[i]);
        }
        return hash;
    }

    private static int place(byte[][] keys, byte[] bytes, int offset, int length, int hash) {
        int mask = keys.length - 1;
        int place = (hash ^ hash >>> 15) & mask;
        while (keys[place] != null
                && !Arrays.equals(keys[place], 0, keys[place].length, bytes, offset, offset + length)) {
            place = place + 1 & mask;
        }
        return place;
    }

    private void grow() {
        byte[][] moved = new byte[2 * keys.length][];
        Object[] movedValues = new Object[moved.length];
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != null) {
                int place = place(moved, keys[i], 0, keys[i].length, hash(keys[i]));
                moved[place] = keys[i];
                movedValues[place] = values[i];
            }
        }
        keys = moved;
        values = movedValues;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The value of a key, or null. */
    V get(byte[] bytes, int offset, int length) {
        int hash = 0;
        for (int i = offset + length - 1; i >= offset; i--) {
            hash = extend(hash, bytes[i]);
        }
        return get(bytes, offset, length, hash);
    }

    /** The value of a key whose hash is known, or null. */
    @SuppressWarnings("unchecked") // put() keeps a V
    V get(byte[] bytes, int offset, int length, int hash) {
        int place = place(keys, bytes, offset, length, hash);
        return keys[place] == null ? null : (V) values[place];
    }
}
