package dev.weir.linux;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;

/**
 * Memory mapped with mmap(2): the ring of a socket, or anonymous pages for a umem.
 *
 * <p><b>Lifetime.</b> The bytes are valid until {@link #close()}. A view that is used afterwards reads or writes memory
 * that is gone, and the process dies of SIGSEGV; no check stands in between. So the order of closing is: stop handing
 * out views, wait until the last user has returned, unmap, and close the descriptor behind the mapping. The mapping
 * holds the file too: a socket whose ring is still mapped lives on, bound and promiscuous, after its descriptor was
 * closed. When a user never returns, call {@link #leaveMapped()}: the pages stay for the life of the process, and nobody
 * is hurt; or {@link #leaveCopy}, which lets go of the file as well.
 */
public final class MappedMemory implements AutoCloseable {
    /** From {@code asm-generic/mman-common.h} and {@code mman.h}; x86-64 and aarch64 agree. */
    static final int PROT_READ = 1;

    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 0x01;
    static final int MAP_PRIVATE = 0x02;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_POPULATE = 0x8000;
    static final int MAP_HUGETLB = 0x40000;
    static final int MAP_HUGE_2MB = 21 << 26;

    static final int MADV_HUGEPAGE = 14;

    static final int MREMAP_MAYMOVE = 1;
    static final int MREMAP_FIXED = 2;

    private static final long FAILED = -1;

    private final long address;
    private final long lengthBytes;
    private final ByteBuffer bytes;
    private final AtomicBoolean released = new AtomicBoolean();

    private MappedMemory(long address, long lengthBytes) {
        this.address = address;
        this.lengthBytes = lengthBytes;
        this.bytes = Libc.view(address, lengthBytes);
    }

    /**
     * Maps a descriptor's memory shared, readable and writable. The descriptor may be closed afterwards.
     *
     * @param lengthBytes at most {@link Integer#MAX_VALUE}, what one ByteBuffer can show
     */
    public static MappedMemory map(Fd fd, long offset, long lengthBytes) {
        return map(fd.number(), offset, lengthBytes, MAP_SHARED | MAP_POPULATE);
    }

    /** As {@link #map}, and nothing can be written: for what the kernel lets nobody write. */
    public static MappedMemory mapReadOnly(Fd fd, long offset, long lengthBytes) {
        return map(fd.number(), offset, lengthBytes, PROT_READ, MAP_SHARED | MAP_POPULATE);
    }

    /** The unit in which memory is mapped. */
    public static int pageBytes() {
        Libc.require();
        return Libc.getpagesize();
    }

    /**
     * Zeroed pages of this process alone, all present from the start; in huge pages where the kernel has some at hand
     * (transparent huge pages that are asked for), which spares whoever walks through the memory one look into the page
     * tables after the other.
     */
    public static MappedMemory anonymous(long lengthBytes) {
        MappedMemory memory = map(-1, 0, lengthBytes, MAP_PRIVATE | MAP_ANONYMOUS);
        Libc.madvise(memory.address, lengthBytes, MADV_HUGEPAGE); // a wish: small pages do as well
        int page = pageBytes();
        for (long at = 0; at < lengthBytes; at += page) {
            memory.bytes.put((int) at, (byte) 0);
        }
        return memory;
    }

    /**
     * As {@link #anonymous}, in huge pages of 2 MiB, which somebody has to have set aside ({@code vm.nr_hugepages}).
     *
     * @param lengthBytes a multiple of 2 MiB
     */
    public static MappedMemory anonymousHuge(long lengthBytes) {
        return map(-1, 0, lengthBytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_HUGETLB | MAP_HUGE_2MB);
    }

    private static MappedMemory map(int fd, long offset, long lengthBytes, int flags) {
        return map(fd, offset, lengthBytes, PROT_READ | PROT_WRITE, flags);
    }

    private static MappedMemory map(int fd, long offset, long lengthBytes, int protection, int flags) {
        Libc.require();
        if (lengthBytes <= 0 || lengthBytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a mapping has 1 to " + Integer.MAX_VALUE + " bytes, not " + lengthBytes);
        }
        long address = Libc.mmap(0, lengthBytes, protection, flags, fd, offset);
        if (address == FAILED) {
            throw new LinuxException("mmap of " + lengthBytes + " bytes", Libc.errno());
        }
        return new MappedMemory(address, lengthBytes);
    }

    /** The whole region in native order, the same buffer each time; use the accessors that take an index. */
    public ByteBuffer bytes() {
        if (released.get()) {
            throw new IllegalStateException("the memory is unmapped");
        }
        return bytes;
    }

    public long address() {
        return address;
    }

    public long lengthBytes() {
        return lengthBytes;
    }

    /** From now on {@link #close()} does nothing, because somebody may still look at the bytes. */
    public void leaveMapped() {
        released.set(true);
    }

    /**
     * Puts private pages in the place of the mapping, which lets go of the file behind it. Views keep reading the same
     * bytes in the units that are kept, also while this happens; the others read as zero. The pages stay for the life
     * of the process, and {@link #close()} does nothing from now on.
     *
     * @param unitBytes the memory is looked at in pieces of so many bytes; what is left at its end is not kept
     * @param kept which of the pieces, counted from 0, somebody may still be reading
     */
    public void leaveCopy(int unitBytes, IntPredicate kept) {
        long copy = Libc.mmap(0, lengthBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (copy == FAILED) {
            throw new LinuxException("mmap of " + lengthBytes + " bytes", Libc.errno());
        }
        ByteBuffer copied = Libc.view(copy, lengthBytes);
        for (int unit = 0; unit < lengthBytes / unitBytes; unit++) {
            if (kept.test(unit)) {
                copied.put(unit * unitBytes, bytes, unit * unitBytes, unitBytes);
            }
        }
        // The kernel exchanges the two in one step: who reads meanwhile waits for it.
        if (Libc.mremap(copy, lengthBytes, lengthBytes, MREMAP_MAYMOVE | MREMAP_FIXED, address) == FAILED) {
            int errno = Libc.errno();
            Libc.munmap(copy, lengthBytes);
            throw new LinuxException("mremap of " + lengthBytes + " bytes", errno);
        }
        released.set(true);
    }

    /** Unmaps, once. */
    @Override
    public void close() {
        if (released.compareAndSet(false, true)) {
            Libc.munmap(address, lengthBytes);
        }
    }
}
