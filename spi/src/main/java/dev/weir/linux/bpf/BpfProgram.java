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

    /**
     * How many instructions the verifier followed, each as often as it came by: the time that loading takes. 0 before
     * Linux 5.16; the kernel refuses programs beyond a million.
     */
    public int verifiedInstructions() {
        return info().bytes().getInt(BpfUapi.ProgInfo.VERIFIED_INSNS);
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

    /** {@code struct bpf_test_run_opts} of libbpf. */
    static final class TestOptions {
        static final int BYTES = 80;
        static final int SZ = 0;
        static final int DATA_IN = 8;
        static final int DATA_SIZE_IN = 24;
        static final int RETVAL = 56;
        static final int REPEAT = 60;
        static final int DURATION = 64;

        private TestOptions() {}
    }

    /**
     * What a program made of a packet.
     *
     * @param result what it returned
     * @param durationNs how long one run took, on average
     */
    public record TestRun(int result, int durationNs) {}

    /**
     * Has the kernel run the program on a packet that exists only for this; nothing has to be attached.
     *
     * @param packet with its link header, at least 14 bytes, at most about a page
     * @param repeat how often, to measure it
     */
    public TestRun test(NativeBuffer packet, int lengthBytes, int repeat) {
        NativeBuffer options = NativeBuffer.allocate(TestOptions.BYTES);
        options.bytes().putLong(TestOptions.SZ, TestOptions.BYTES);
        options.bytes().putLong(TestOptions.DATA_IN, packet.address());
        options.bytes().putInt(TestOptions.DATA_SIZE_IN, lengthBytes);
        options.bytes().putInt(TestOptions.REPEAT, repeat);
        Libbpf.check(Libbpf.bpf_prog_test_run_opts(fd.number(), options.address()), "a test run of " + name);
        Reference.reachabilityFence(packet);
        return new TestRun(
                options.bytes().getInt(TestOptions.RETVAL), options.bytes().getInt(TestOptions.DURATION));
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
