package dev.weir.stream;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The memory of one thread's reassembly: buffers whose sizes are powers of two, used again and again, and a bound on all
 * of them. When the bound is reached, what has not grown for longest gives its memory up: who wants to fill the memory
 * with streams that never go on has to keep sending, and loses the oldest of them first.
 */
final class ReassemblyMemory {
    static final int SMALLEST_BYTES = 2048;

    private static final int SMALLEST_SHIFT = Integer.numberOfTrailingZeros(SMALLEST_BYTES);
    private static final int CLASSES = 31 - SMALLEST_SHIFT;

    private final long boundBytes;
    private final ByteBuffer[][] free = new ByteBuffer[CLASSES][4];
    private final int[] freeCount = new int[CLASSES];
    private long usedBytes;
    private long freeBytes;

    /** By the time of their latest growth. */
    private Assembly oldest;

    private Assembly newest;

    private final Counters counters;
    private final Counter used;
    private final Counter all;

    /**
     * @param used where to say how much is in use
     * @param all where to say how much there is
     */
    ReassemblyMemory(long boundBytes, Counters counters, Counter used, Counter all) {
        this.boundBytes = boundBytes;
        this.counters = counters;
        this.used = used;
        this.all = all;
    }

    private void account() {
        counters.set(used, usedBytes);
        counters.set(all, usedBytes + freeBytes);
    }

    private static int classOf(int bytes) {
        int shift = 32 - Integer.numberOfLeadingZeros(Math.max(bytes, SMALLEST_BYTES) - 1);
        return shift - SMALLEST_SHIFT;
    }

    /**
     * A buffer of at least so many bytes; null when the bound leaves none.
     *
     * @param taker is not asked to give up its own memory for it
     */
    ByteBuffer take(int bytes, Assembly taker) {
        int sizeClass = classOf(bytes);
        int size = SMALLEST_BYTES << sizeClass;
        // Each round takes an assembly off the list.
        while (usedBytes + size > boundBytes) {
            Assembly victim = oldest == taker ? taker.newer : oldest;
            if (victim == null) {
                return null;
            }
            victim.evict();
        }
        usedBytes += size;
        if (freeCount[sizeClass] > 0) {
            ByteBuffer buffer = free[sizeClass][--freeCount[sizeClass]];
            free[sizeClass][freeCount[sizeClass]] = null;
            freeBytes -= size;
            account();
            return buffer;
        }
        for (int other = CLASSES - 1; usedBytes + freeBytes > boundBytes; other--) {
            letGo(other);
        }
        account();
        return ByteBuffer.allocate(size);
    }

    /** Leaves free buffers of a size to the garbage collector, as many as the bound asks for. */
    private void letGo(int sizeClass) {
        while (freeCount[sizeClass] > 0 && usedBytes + freeBytes > boundBytes) {
            free[sizeClass][--freeCount[sizeClass]] = null;
            freeBytes -= SMALLEST_BYTES << sizeClass;
        }
    }

    /** Takes a buffer back. */
    void give(ByteBuffer buffer) {
        int sizeClass = classOf(buffer.capacity());
        if (freeCount[sizeClass] == free[sizeClass].length) {
            free[sizeClass] = Arrays.copyOf(free[sizeClass], 2 * freeCount[sizeClass]);
        }
        free[sizeClass][freeCount[sizeClass]++] = buffer;
        usedBytes -= buffer.capacity();
        freeBytes += buffer.capacity();
        account();
    }

    /** An assembly has grown: it is the newest now. */
    void grown(Assembly assembly) {
        if (assembly == newest) {
            return;
        }
        remove(assembly);
        assembly.older = newest;
        if (newest == null) {
            oldest = assembly;
        } else {
            newest.newer = assembly;
        }
        newest = assembly;
    }

    /** An assembly has no memory any more. */
    void remove(Assembly assembly) {
        if (assembly.older != null) {
            assembly.older.newer = assembly.newer;
        } else if (oldest == assembly) {
            oldest = assembly.newer;
        }
        if (assembly.newer != null) {
            assembly.newer.older = assembly.older;
        } else if (newest == assembly) {
            newest = assembly.older;
        }
        assembly.older = null;
        assembly.newer = null;
    }
}
