package dev.weir.classify.dns;

import dev.weir.WeirException;
import dev.weir.packet.dns.DnsName;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Millions of names in few arrays: which of them is this name, or a domain above it?
 *
 * <p>All names stand one after the other in one array of bytes, each behind its length and the number of its rule. An open
 * hash table (linear probing, three quarters full) has a tag of eight bits for each place, and in another array where the
 * name stands. A look-up reads tags, which mostly are in the processor's cache, and goes to a name only where the tag is
 * right: for a name that is not there, once in 255 times.
 *
 * <p>A name is hashed from its end to its beginning, so that one pass meets every domain above it on the way and looks each
 * up. Hashes are seeded: who writes a list cannot know which names fall together.
 *
 * <p>Memory for a name of {@code n} bytes: {@code n + 3}, and 5 / 0.75 for its place: {@code n + 9.7} bytes. Immutable; any
 * thread.
 */
final class NameTable {
    /** The name itself. */
    static final int EXACT = 1;

    /** All names below it. */
    static final int BELOW = 2;

    /** The highest number of a rule. */
    static final int MAX_RULE = (1 << 14) - 1;

    private static final int MAX_ARENA_BYTES = Integer.MAX_VALUE - 16;
    private static final int HEADER_BYTES = 3;
    private static final int KIND_SHIFT = 14;
    private static final double FULL = 0.75;
    private static final int FIRST_CAPACITY = 64;
    private static final int FIRST_ARENA_BYTES = 1024;

    private final long seed;
    private byte[] tags;
    private int[] places;
    private byte[] arena;
    private int arenaUsed;
    private int size;
    private int maxLabels;

    private NameTable() {
        seed = ThreadLocalRandom.current().nextLong();
        tags = new byte[FIRST_CAPACITY];
        places = new int[FIRST_CAPACITY];
        arena = new byte[FIRST_ARENA_BYTES];
    }

    /** Looks for a name: the number of the most special rule that has it, or -1. Does not allocate. */
    int find(DnsName name) {
        if (size == 0) {
            return -1;
        }
        int found = -1;
        int end = name.length();
        long hash = seed;
        int lowest = Math.max(0, name.labelCount() - maxLabels);
        for (int label = name.labelCount() - 1; label >= lowest; label--) {
            int start = name.labelStart(label);
            hash = hash(name, start, end, hash);
            end = start;
            int rule = look(name, start, mixed(hash), label == 0 ? EXACT : BELOW);
            found = rule >= 0 ? rule : found;
        }
        return found;
    }

    /** Goes on with the bytes before those that were hashed already. */
    private static long hash(DnsName name, int start, int end, long before) {
        long hash = before;
        for (int i = end - 1; i >= start; i--) {
            hash = (hash ^ name.u8(i)) * 0x9e37_79b9_7f4a_7c15L;
        }
        return hash;
    }

    /** The finalizer of MurmurHash3: every bit of the result depends on every bit given. */
    private static long mixed(long hash) {
        long mixed = (hash ^ hash >>> 33) * 0xff51_afd7_ed55_8ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ce_b9fe_1a85_ec53L;
        return mixed ^ mixed >>> 33;
    }

    private static int place(long hash, int capacity) {
        return (int) ((hash >>> 32) * capacity >>> 32);
    }

    /** 0 stands for an empty place. */
    private static byte tag(long hash) {
        byte tag = (byte) hash;
        return tag == 0 ? 1 : tag;
    }

    /** Ends at an empty place: a quarter of them is. */
    private int look(DnsName name, int start, long hash, int kind) {
        byte tag = tag(hash);
        for (int at = place(hash, tags.length); tags[at] != 0; at = at + 1 == tags.length ? 0 : at + 1) {
            if (tags[at] == tag) {
                int entry = places[at];
                if ((header(entry) >>> KIND_SHIFT & kind) != 0 && isAt(entry, name, start)) {
                    return header(entry) & MAX_RULE;
                }
            }
        }
        return -1;
    }

    private boolean isAt(int entry, DnsName name, int start) {
        return name.endsWith(start, arena, entry + HEADER_BYTES, arena[entry] & 0xff);
    }

    private int header(int entry) {
        return (arena[entry + 1] & 0xff) << 8 | arena[entry + 2] & 0xff;
    }

    /** Names and kinds of them, each counted. */
    int size() {
        return size;
    }

    /** Bytes of its arrays. */
    long memoryBytes() {
        return tags.length + 4L * places.length + arena.length;
    }

    /** Makes a table. Takes the room of the table, and as much again while it grows. */
    static final class Builder {
        private NameTable table = new NameTable();

        /**
         * Adds a name; of one that is there already, the first rule stays.
         *
         * @param kinds {@link #EXACT}, {@link #BELOW} or both
         */
        void add(DnsName name, int kinds, int rule) {
            if (name.isRoot()) {
                throw new WeirException("the root cannot be in a list of names: it would stand for all of them");
            }
            long hash = mixed(hash(name, 0, name.length(), table.seed));
            int missing = kinds;
            for (int kind = EXACT; kind <= BELOW; kind++) {
                if ((missing & kind) != 0 && table.look(name, 0, hash, kind) >= 0) {
                    missing &= ~kind;
                }
            }
            if (missing != 0) {
                append(name, missing, rule, hash);
            }
        }

        private void append(DnsName name, int kinds, int rule, long hash) {
            int bytes = HEADER_BYTES + name.length();
            if (table.arenaUsed > MAX_ARENA_BYTES - bytes) {
                throw new WeirException("the lists of names are larger than 2 GiB: shorten them");
            }
            if (table.arenaUsed + bytes > table.arena.length) {
                long larger = Math.max(table.arenaUsed + bytes, table.arena.length * 3L / 2);
                table.arena = Arrays.copyOf(table.arena, (int) Math.min(larger, MAX_ARENA_BYTES));
            }
            if (table.size + 1 > table.tags.length * FULL) {
                resize(2L * table.tags.length);
            }
            int entry = table.arenaUsed;
            table.arena[entry] = (byte) name.length();
            table.arena[entry + 1] = (byte) (kinds << KIND_SHIFT - 8 | rule >>> 8);
            table.arena[entry + 2] = (byte) rule;
            name.get(0, table.arena, entry + HEADER_BYTES, name.length());
            table.arenaUsed += bytes;
            table.size++;
            table.maxLabels = Math.max(table.maxLabels, name.labelCount());
            put(entry, hash);
        }

        private void put(int entry, long hash) {
            int at = place(hash, table.tags.length);
            while (table.tags[at] != 0) {
                at = at + 1 == table.tags.length ? 0 : at + 1;
            }
            table.tags[at] = tag(hash);
            table.places[at] = entry;
        }

        private void resize(long capacity) {
            table.tags = new byte[(int) Math.min(capacity, MAX_ARENA_BYTES)];
            table.places = new int[table.tags.length];
            int entry = 0;
            while (entry < table.arenaUsed) {
                int length = table.arena[entry] & 0xff;
                long hash = table.seed;
                for (int i = entry + HEADER_BYTES + length - 1; i >= entry + HEADER_BYTES; i--) {
                    hash = (hash ^ table.arena[i] & 0xff) * 0x9e37_79b9_7f4a_7c15L;
                }
                put(entry, mixed(hash));
                entry += HEADER_BYTES + length;
            }
        }

        /** The table, cut to its size. The builder is then empty. */
        NameTable build() {
            NameTable built = table;
            built.arena = Arrays.copyOf(built.arena, built.arenaUsed);
            resize((long) Math.ceil(built.size / FULL) + 1);
            table = new NameTable();
            return built;
        }
    }
}
