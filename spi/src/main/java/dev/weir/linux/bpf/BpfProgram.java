package dev.weir.linux.bpf;

import dev.weir.linux.Fd;
import dev.weir.linux.NativeBuffer;
import java.lang.ref.Reference;

/** A program in the kernel. It does nothing until it is attached. */
public final class BpfProgram implements AutoCloseable {
    private final String name;
    private final Fd fd;

    BpfProgram(String name, Fd fd) {
        this.name = name;
        this.fd = fd;
    }

    public String name() {
        return name;
    }

    public Fd fd() {
        return fd;
    }

    /** The kernel's number of the program, as {@code bpftool prog} shows it. */
    public int id() {
        return info().bytes().getInt(BpfUapi.ProgInfo.ID);
    }

    /** The kernel's digest of the instructions, as {@code bpftool} and {@code tc} show it: eight bytes, as they stand. */
    public long tag() {
        return info().bytes().getLong(BpfUapi.ProgInfo.TAG);
    }

    private NativeBuffer info() {
        return BpfLink.info(fd, BpfUapi.ProgInfo.BYTES, "program " + name);
    }

    /**
     * Attaches to an interface of the calling thread's network namespace as its XDP program.
     *
     * @param flags {@link BpfUapi#XDP_FLAGS_DRV_MODE}, {@link BpfUapi#XDP_FLAGS_SKB_MODE}, or 0 to let the kernel choose
     * @throws dev.weir.linux.LinuxException EBUSY when there is one already, EOPNOTSUPP when the driver has no native XDP
     */
    public BpfLink attachXdp(int interfaceIndex, int flags) {
        return link(interfaceIndex, BpfUapi.BPF_XDP, flags, "XDP");
    }

    /**
     * Attaches to an interface of the calling thread's network namespace at tc, before what is attached there by tcx.
     *
     * @param attachType {@link BpfUapi#BPF_TCX_INGRESS} or {@link BpfUapi#BPF_TCX_EGRESS}
     * @throws dev.weir.linux.LinuxException EINVAL before Linux 6.6, which has no tcx
     */
    public BpfLink attachTcx(int interfaceIndex, int attachType) {
        return link(interfaceIndex, attachType, 0, "tcx");
    }

    /** {@code struct bpf_link_create_opts} as far as it is used; libbpf takes a shorter struct. */
    static final class LinkOptions {
        static final int BYTES = 32;
        static final int SZ = 0;
        static final int FLAGS = 8;

        private LinkOptions() {}
    }

    private BpfLink link(int interfaceIndex, int attachType, int flags, String what) {
        NativeBuffer options = NativeBuffer.allocate(LinkOptions.BYTES);
        options.bytes().putLong(LinkOptions.SZ, LinkOptions.BYTES);
        options.bytes().putInt(LinkOptions.FLAGS, flags);
        String call = "attaching " + name + " to interface " + interfaceIndex + " (" + what + ")";
        int link =
                Libbpf.check(Libbpf.bpf_link_create(fd.number(), interfaceIndex, attachType, options.address()), call);
        Reference.reachabilityFence(options);
        return new BpfLink(Fd.owning(link), call);
    }

    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return "BPF program " + name;
    }
}
