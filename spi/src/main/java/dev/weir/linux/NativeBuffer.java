package dev.weir.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Zeroed native memory for structs that system calls read or write: a direct {@link ByteBuffer} and its address.
 *
 * <p>The memory lives exactly as long as this object or a view of its bytes is reachable, then the collector frees it;
 * there is nothing to close and no way to touch freed memory. Whoever hands {@link #address()} to the kernel for longer
 * than one call (a registered ring, an iovec inside another struct) keeps a reference to this object meanwhile, in a
 * field that is still read afterwards or with {@link java.lang.ref.Reference#reachabilityFence}.
 */
public final class NativeBuffer {
    private final ByteBuffer bytes;
    private final long address;

    private NativeBuffer(ByteBuffer bytes) {
        this.bytes = bytes;
        this.address = Libc.addressOf(bytes);
    }

    /** Aligned to 16 bytes, which suits every uapi struct. */
    public static NativeBuffer allocate(int lengthBytes) {
        return allocate(lengthBytes, 16);
    }

    /** @param alignmentBytes a power of two */
    public static NativeBuffer allocate(int lengthBytes, int alignmentBytes) {
        Libc.require();
        ByteBuffer room = ByteBuffer.allocateDirect(Math.addExact(lengthBytes, alignmentBytes));
        int beyond = room.alignmentOffset(0, alignmentBytes);
        int start = beyond == 0 ? 0 : alignmentBytes - beyond;
        return new NativeBuffer(room.slice(start, lengthBytes).order(ByteOrder.nativeOrder()));
    }

    /** The same buffer each time, in native order; use the accessors that take an index. */
    public ByteBuffer bytes() {
        return bytes;
    }

    public long address() {
        return address;
    }

    public int lengthBytes() {
        return bytes.capacity();
    }
}
