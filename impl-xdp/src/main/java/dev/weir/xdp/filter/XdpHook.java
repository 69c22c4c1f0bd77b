package dev.weir.xdp.filter;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.Poller;
import dev.weir.linux.bpf.BpfLink;
import dev.weir.linux.bpf.BpfProgram;
import dev.weir.linux.bpf.BpfUapi;

/**
 * Where an XDP program hangs on an interface. Attached through a link: nobody else can put another program in its place
 * without detaching it first, and it goes with the process.
 *
 * @param mode {@link Mode#NATIVE} or {@link Mode#GENERIC}
 * @param refusal the name of the error with which the driver refused native mode; empty when it did not, or was not asked
 */
public record XdpHook(BpfLink link, Mode mode, String refusal) {
    /** Who runs the program. */
    public enum Mode {
        /** The driver where it can, else the kernel. */
        AUTO,
        NATIVE,
        GENERIC
    }

    /** What was attached until a moment ago may still be going. */
    private static final long BUSY_PATIENCE_NS = 500_000_000;

    private static final long BUSY_NAP_NS = 20_000_000;

    /**
     * Attaches to an interface of the calling thread's network namespace.
     *
     * @param remedy what to do, beside detaching it, about a program that is there already
     * @throws WeirException when another program is there, or the driver cannot do what was asked
     */
    public static XdpHook attach(BpfProgram program, NetworkInterface to, Mode asked, String remedy) {
        String refusal = "";
        if (asked != Mode.GENERIC) {
            try {
                return new XdpHook(link(program, to, BpfUapi.XDP_FLAGS_DRV_MODE, remedy), Mode.NATIVE, "");
            } catch (LinuxException e) {
                refusal = Errno.name(e.errno());
                if (asked == Mode.NATIVE) {
                    throw new WeirException(
                            "the driver of " + to.name() + " does not run XDP programs as the interface is set up ("
                                    + refusal + "): mode=generic works on any",
                            e);
                }
            }
        }
        return new XdpHook(link(program, to, BpfUapi.XDP_FLAGS_SKB_MODE, remedy), Mode.GENERIC, refusal);
    }

    private static BpfLink link(BpfProgram program, NetworkInterface to, int flags, String remedy) {
        long endNs = System.nanoTime() + BUSY_PATIENCE_NS;
        while (true) {
            try {
                return program.attachXdp(to.index(), flags);
            } catch (LinuxException e) {
                if (e.errno() != Errno.EBUSY && e.errno() != Errno.EEXIST) {
                    throw e;
                }
                if (System.nanoTime() - endNs > 0) {
                    throw new WeirException(
                            "the interface " + to.name() + " has an XDP program already: " + remedy
                                    + ", or detach it (`ip link set dev " + to.name() + " xdp off`)",
                            e);
                }
                new Poller().poll(BUSY_NAP_NS);
            }
        }
    }
}
