package dev.weir.linux.bpf;

import dev.weir.linux.Fd;
import dev.weir.linux.NativeBuffer;
import java.lang.ref.Reference;

/** An attachment: the program is attached while this is open, and no longer than the process lives. */
public final class BpfLink implements AutoCloseable {
    private final Fd fd;
    private final String what;

    BpfLink(Fd fd, String what) {
        this.fd = fd;
        this.what = what;
    }

    /**
     * The interface that the program is attached to; 0 when it is attached no more, because the interface is gone or
     * somebody detached the link.
     */
    public int interfaceIndex() {
        return info(fd, BpfUapi.LinkInfo.BYTES, what).bytes().getInt(BpfUapi.LinkInfo.IFINDEX);
    }

    /** The kernel's number of the program that runs, as {@code bpftool prog} shows it. */
    public int programId() {
        return info(fd, BpfUapi.LinkInfo.BYTES, what).bytes().getInt(BpfUapi.LinkInfo.PROG_ID);
    }

    static NativeBuffer info(Fd fd, int lengthBytes, String what) {
        NativeBuffer info = NativeBuffer.allocate(lengthBytes);
        NativeBuffer length = NativeBuffer.allocate(Integer.BYTES);
        length.bytes().putInt(0, lengthBytes);
        Libbpf.check(
                Libbpf.bpf_obj_get_info_by_fd(fd.number(), info.address(), length.address()),
                "information about " + what);
        Reference.reachabilityFence(length);
        return info;
    }

    /** Detaches. */
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return what;
    }
}
