package dev.weir.xdp;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.UmemReg;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MappedMemory;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Rights;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import java.nio.ByteBuffer;

/**
 * Memory for packets, in frames of one size, which the kernel writes to and reads from. It belongs to this process and
 * outlives the sockets that it is registered with: after they are closed it stays as it is, and it can be registered
 * anew.
 */
final class Umem {
    private static final long HUGE_PAGE_BYTES = 2 << 20;

    private final MappedMemory memory;
    private final int frameShift;
    private final int frames;

    private Umem(MappedMemory memory, int frameShift, int frames) {
        this.memory = memory;
        this.frameShift = frameShift;
        this.frames = frames;
    }

    /** @param frameSizeBytes a power of two */
    static Umem allocate(int frames, int frameSizeBytes, boolean hugePages) {
        long bytes = (long) frames * frameSizeBytes;
        int shift = Integer.numberOfTrailingZeros(frameSizeBytes);
        long rounded = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
        if (!hugePages) {
            // Whole huge pages, so that the kernel can use them; what fills less than one is not worth it.
            boolean whole = bytes >= HUGE_PAGE_BYTES && rounded <= Integer.MAX_VALUE;
            return new Umem(MappedMemory.anonymous(whole ? rounded : bytes), shift, frames);
        }
        try {
            return new Umem(MappedMemory.anonymousHuge(rounded), shift, frames);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOMEM) {
                throw e;
            }
            throw new WeirException(
                    "xdp option huge-pages: " + rounded / HUGE_PAGE_BYTES
                            + " huge pages of 2 MiB are not free; set some"
                            + " aside (`sysctl vm.nr_hugepages=`), or leave the option out",
                    e);
        }
    }

    /** Tells a socket of it; the socket pins the pages. */
    void register(Socket socket) {
        NativeBuffer registration = NativeBuffer.allocate(UmemReg.BYTES);
        registration.bytes().putLong(UmemReg.ADDR, memory.address());
        registration.bytes().putLong(UmemReg.LEN, (long) frames << frameShift);
        registration.bytes().putInt(UmemReg.CHUNK_SIZE, frameSizeBytes());
        int failure = socket.trySetOption(Sock.SOL_XDP, IfXdp.XDP_UMEM_REG, registration);
        if (failure == -Errno.ENOBUFS) {
            throw new LinuxException(
                    "setsockopt(XDP_UMEM_REG)",
                    Errno.ENOBUFS,
                    "locking " + (((long) frames << frameShift) >> 20) + " MiB of memory is not allowed; raise"
                            + " `ulimit -l`, ask for fewer frames (frames=), or: "
                            + Rights.advice(Rights.Capability.CAP_IPC_LOCK));
        }
        if (failure < 0) {
            throw new LinuxException("setsockopt(XDP_UMEM_REG)", -failure);
        }
    }

    ByteBuffer bytes() {
        return memory.bytes();
    }

    int frames() {
        return frames;
    }

    int frameSizeBytes() {
        return 1 << frameShift;
    }

    /** The frame that an address is in. */
    int frameOf(long address) {
        return (int) (address >>> frameShift);
    }

    /** Where a frame begins. */
    long addressOf(int frame) {
        return (long) frame << frameShift;
    }

    /** Unmaps; nobody reads packets any more, and the sockets are closed. */
    void close() {
        memory.close();
    }

    /** Packets are still being read: the memory stays for the life of the process. */
    void leaveMapped() {
        memory.leaveMapped();
    }
}
