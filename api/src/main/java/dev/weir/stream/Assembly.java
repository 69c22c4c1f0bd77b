package dev.weir.stream;

import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;

/**
 * Puts bytes that come in any order where they belong: one buffer, in which every byte has its place from the start, so
 * that what is there without a hole is always one window. Where bytes come twice, the first ones stay.
 *
 * <p>It has a buffer only while it holds bytes. The buffer grows by doubling; bytes are copied once when they come, and
 * on average once more by growing.
 */
final class Assembly {
    /** Whose bytes these are. */
    interface Owner {
        /** The memory was needed elsewhere: all bytes are gone. */
        void evicted();
    }

    // What put() says, OR-ed together.
    /** There are bytes that were not there before. */
    static final int NEW = 1;

    /** Some bytes were there already, and other ones: see {@link #conflictOffset()}. */
    static final int CONFLICT = 1 << 1;

    /** Nothing was put: too many holes. */
    static final int REFUSED = 1 << 2;

    /** Nothing was put: no memory. */
    static final int NO_MEMORY = 1 << 3;

    private final ReassemblyMemory memory;
    private final Owner owner;

    /** Room in front of the bytes that never moves and is not touched here. */
    private final int headroomBytes;

    private final Ranges ranges = new Ranges();
    private ByteBuffer buffer;

    /** The stream offset of the first byte not consumed, and its place in the buffer. */
    private long base;

    private int origin;

    private long conflictOffset;
    private int conflictBytes;

    /** Neighbours in the order of the memory. */
    Assembly older;

    Assembly newer;

    Assembly(ReassemblyMemory memory, int headroomBytes, Owner owner) {
        this.memory = memory;
        this.headroomBytes = headroomBytes;
        this.owner = owner;
    }

    /** Begins anew, with nothing, at an offset. */
    void reset(long offset) {
        release();
        base = offset;
    }

    /** Gives the memory back; what is not consumed is gone. */
    void release() {
        if (buffer != null) {
            memory.give(buffer);
            memory.remove(this);
            buffer = null;
        }
        ranges.clear();
    }

    /** The memory wants its buffer back. */
    void evict() {
        release();
        owner.evicted();
    }

    /** The offset of the first byte not consumed. */
    long base() {
        return base;
    }

    /** Bytes from {@link #base()} on that are there without a hole. */
    int contiguous() {
        return ranges.count() > 0 && ranges.from(0) == base ? (int) (ranges.to(0) - base) : 0;
    }

    /** The offset of the first byte that is missing. */
    long next() {
        return base + contiguous();
    }

    /** The offset behind the last byte that is there. */
    long end() {
        int count = ranges.count();
        return count == 0 ? base : ranges.to(count - 1);
    }

    /** Keeps the bytes from being evicted, until they are {@linkplain #release released}. */
    void pin() {
        memory.remove(this);
    }

    /** They may be evicted again. */
    void unpin() {
        memory.grown(this);
    }

    /** True when there are no bytes at all. */
    boolean isEmpty() {
        return buffer == null;
    }

    /** True when there are bytes behind one that is missing. */
    boolean hasHole() {
        int count = ranges.count();
        return count > 1 || count == 1 && ranges.from(0) != base;
    }

    /** The offset of the first byte behind the first hole, when there {@linkplain #hasHole is one}. */
    long behindHole() {
        return ranges.from(ranges.from(0) == base ? 1 : 0);
    }

    /** True when bytes of [start, end) are there already. */
    boolean overlaps(long start, long end) {
        return ranges.overlap(start, end);
    }

    /** The buffer, for what stands in the headroom; null when there are no bytes. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** Where the latest conflict began. */
    long conflictOffset() {
        return conflictOffset;
    }

    /** How many bytes of the stream the latest conflicting range covers, from the first that differs on. */
    int conflictBytes() {
        return conflictBytes;
    }

    /** Shows what is there without a hole. */
    void window(Bytes window) {
        if (buffer == null) {
            window.wrap(window, 0, 0);
        } else {
            window.wrap(buffer, origin, contiguous());
        }
    }

    /**
     * Puts bytes at a stream offset, not before {@link #base()}.
     *
     * @return {@link #NEW}, {@link #CONFLICT}, {@link #REFUSED}, {@link #NO_MEMORY}, or 0 for bytes known already
     */
    int put(long offset, Bytes source, int at, int lengthBytes) {
        long end = offset + lengthBytes;
        if (!ranges.hasRoom(offset, end)) {
            return REFUSED;
        }
        if (!reserve((int) (end - base))) {
            return NO_MEMORY;
        }
        int result = 0;
        long position = offset;
        // Every round moves forward to the next edge of a range or to the end.
        for (int i = ranges.firstBehind(offset); position < end; ) {
            int from = at + (int) (position - offset);
            if (i < ranges.count() && ranges.from(i) <= position) {
                long edge = Math.min(ranges.to(i++), end);
                result |= differ(position, source, from, (int) (edge - position)) ? CONFLICT : 0;
                position = edge;
            } else {
                long edge = i < ranges.count() ? Math.min(ranges.from(i), end) : end;
                buffer.position(place(position));
                source.get(from, buffer, (int) (edge - position));
                result |= NEW;
                position = edge;
            }
        }
        ranges.add(offset, end);
        memory.grown(this);
        return result;
    }

    /** True when bytes that are there are not those of the source. */
    private boolean differ(long offset, Bytes source, int at, int lengthBytes) {
        int place = place(offset);
        for (int i = 0; i < lengthBytes; i++) {
            if ((buffer.get(place + i) & 0xff) != source.u8(at + i)) {
                conflictOffset = offset + i;
                conflictBytes = lengthBytes - i;
                return true;
            }
        }
        return false;
    }

    /** Compares [offset, offset + length) with what is still there of it; see {@link #CONFLICT}. */
    boolean conflicts(long offset, Bytes source, int at, int lengthBytes) {
        long start = Math.max(offset, base);
        long end = Math.min(offset + lengthBytes, next());
        return start < end && differ(start, source, at + (int) (start - offset), (int) (end - start));
    }

    private int place(long offset) {
        return origin + (int) (offset - base);
    }

    /** Makes room for so many bytes from {@link #base()} on. */
    private boolean reserve(int bytes) {
        if (buffer == null) {
            buffer = memory.take(headroomBytes + bytes, this);
            origin = headroomBytes;
            return buffer != null;
        }
        if (origin + bytes <= buffer.capacity()) {
            return true;
        }
        int used = (int) (end() - base);
        if (headroomBytes + bytes <= buffer.capacity()) {
            buffer.put(headroomBytes, buffer, origin, used);
            origin = headroomBytes;
            return true;
        }
        ByteBuffer larger = memory.take(headroomBytes + bytes, this);
        if (larger == null) {
            return false;
        }
        larger.put(0, buffer, 0, headroomBytes);
        larger.put(headroomBytes, buffer, origin, used);
        memory.give(buffer);
        buffer = larger;
        origin = headroomBytes;
        return true;
    }

    /** The first bytes are not needed any more; they may be more than were kept here. */
    void consume(int lengthBytes) {
        base += lengthBytes;
        origin += lengthBytes;
        ranges.removeBefore(base);
        if (ranges.count() == 0) {
            release();
        }
    }

    /** Gives the missing bytes up: goes on behind the first hole, where there is one. */
    void skipHole() {
        consume((int) (behindHole() - base));
    }
}
