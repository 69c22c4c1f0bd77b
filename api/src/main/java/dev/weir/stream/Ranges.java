package dev.weir.stream;

import java.util.Arrays;

/**
 * Which bytes of a stream are there: ascending ranges that neither overlap nor touch, at most {@link #MAX}. What RFC 815
 * keeps as holes, seen from the other side.
 */
final class Ranges {
    /** So many holes are more than a lossy link makes within one window; who makes more is not worth the search. */
    static final int MAX = 32;

    private long[] from = new long[4];
    private long[] to = new long[4];
    private int count;

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    long from(int index) {
        return from[index];
    }

    long to(int index) {
        return to[index];
    }

    /** The first range that ends behind an offset; {@link #count()} when there is none. */
    int firstBehind(long offset) {
        int index = 0;
        while (index < count && to[index] <= offset) {
            index++;
        }
        return index;
    }

    /** True when bytes of [start, end) are there already. */
    boolean overlap(long start, long end) {
        int index = firstBehind(start);
        return index < count && from[index] < end;
    }

    /** True when [start, end) can be added: it touches what is there, or there is room for one more range. */
    boolean hasRoom(long start, long end) {
        if (count < MAX) {
            return true;
        }
        int index = firstBehind(start - 1);
        return index < count && from[index] <= end;
    }

    /** Adds [start, end), for which there {@linkplain #hasRoom is room}. */
    void add(long start, long end) {
        int first = firstBehind(start - 1); // the first that is touched, or the place for a new one
        int behind = first;
        long lowest = start;
        long highest = end;
        while (behind < count && from[behind] <= end) {
            lowest = Math.min(lowest, from[behind]);
            highest = Math.max(highest, to[behind]);
            behind++;
        }
        int grown = count + 1 - (behind - first);
        if (grown > from.length) {
            from = Arrays.copyOf(from, Math.min(MAX, 2 * from.length));
            to = Arrays.copyOf(to, from.length);
        }
        System.arraycopy(from, behind, from, first + 1, count - behind);
        System.arraycopy(to, behind, to, first + 1, count - behind);
        from[first] = lowest;
        to[first] = highest;
        count = grown;
    }

    /** Forgets all before an offset. */
    void removeBefore(long offset) {
        int gone = firstBehind(offset);
        count -= gone;
        System.arraycopy(from, gone, from, 0, count);
        System.arraycopy(to, gone, to, 0, count);
        if (count > 0 && from[0] < offset) {
            from[0] = offset;
        }
    }
}
