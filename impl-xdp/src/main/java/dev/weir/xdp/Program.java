package dev.weir.xdp;

import dev.weir.Verdict.Kind;
import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.Poller;
import dev.weir.linux.bpf.BpfLink;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.BpfProgram;
import dev.weir.linux.bpf.BpfUapi;
import dev.weir.xdp.filter.FilterCounts;
import dev.weir.xdp.filter.FilterMaps;
import dev.weir.xdp.filter.FilterOffload;
import dev.weir.xdp.filter.Steering;
import java.util.Set;

/**
 * The XDP program of one interface and its map of sockets. Attached with an empty map it lets everything pass. Attached
 * through a link: nobody else can put another program in its place without detaching it first, and it goes with the
 * process. Any thread may call.
 */
final class Program implements AutoCloseable {
    private static final String OBJECT = "xdp.bpf.o";
    private static final String ENTRY = "weir_xdp";
    private static final String MULTI_BUFFER_ENTRY = "weir_xdp_frags";
    private static final String SOCKETS = "sockets";

    /** What was attached until a moment ago may still be going. */
    private static final long BUSY_PATIENCE_NS = 500_000_000;

    private static final long BUSY_NAP_NS = 20_000_000;

    private final BpfObject object;
    private final BpfProgram entry;
    private final BpfMap sockets;
    private final FilterMaps filter;
    private BpfLink link;
    private Settings.Mode mode;
    private String why = "";
    private boolean closed;

    private Program(BpfObject object, String entry) {
        this.object = object;
        this.entry = object.program(entry);
        this.sockets = object.map(SOCKETS);
        this.filter = new FilterMaps(object);
    }

    /**
     * Loads it; nothing is attached.
     *
     * @param queues numbers of receive queues go from 0 to one less
     * @param multiBuffer drivers may bring packets in several buffers (Linux 5.18)
     */
    static Program load(int queues, boolean multiBuffer) {
        BpfObject object = BpfObject.open(Program.class, OBJECT);
        try {
            object.resize(SOCKETS, queues)
                    .without(multiBuffer ? ENTRY : MULTI_BUFFER_ENTRY)
                    .load();
            return new Program(object, multiBuffer ? MULTI_BUFFER_ENTRY : ENTRY);
        } catch (RuntimeException | Error e) {
            object.close();
            throw e;
        }
    }

    boolean isLoaded() {
        return entry.fd().isOpen();
    }

    /**
     * Attaches to an interface of the calling thread's network namespace, in the place of an earlier one of ours.
     *
     * @param asked null for native where the driver can, else generic
     * @throws WeirException when another program is there, or the driver cannot do what was asked
     */
    synchronized void attach(NetworkInterface to, Settings.Mode asked) {
        detach();
        if (asked == Settings.Mode.GENERIC) {
            link = attach(to, BpfUapi.XDP_FLAGS_SKB_MODE);
            mode = Settings.Mode.GENERIC;
            return;
        }
        try {
            link = attach(to, BpfUapi.XDP_FLAGS_DRV_MODE);
            mode = Settings.Mode.NATIVE;
        } catch (LinuxException e) {
            if (asked != null) {
                throw new WeirException(
                        "the driver of " + to.name() + " does not run XDP programs as the interface is set up ("
                                + Errno.name(e.errno()) + "): mode=generic works on any",
                        e);
            }
            link = attach(to, BpfUapi.XDP_FLAGS_SKB_MODE);
            mode = Settings.Mode.GENERIC;
            why = "the driver refused native XDP with " + Errno.name(e.errno());
        }
    }

    private BpfLink attach(NetworkInterface to, int flags) {
        long endNs = System.nanoTime() + BUSY_PATIENCE_NS;
        while (true) {
            try {
                return entry.attachXdp(to.index(), flags);
            } catch (LinuxException e) {
                if (e.errno() != Errno.EBUSY && e.errno() != Errno.EEXIST) {
                    throw e;
                }
                if (System.nanoTime() - endNs > 0) {
                    throw new WeirException(
                            "the interface " + to.name() + " has an XDP program already, another Weir's perhaps: stop"
                                    + " that one, or detach it with `ip link set dev " + to.name() + " xdp off`",
                            e);
                }
                new Poller().poll(BUSY_NAP_NS);
            }
        }
    }

    /** Says which packets are taken. */
    void steer(Steering steering) {
        filter.steer(steering);
    }

    /** What the program did with the packets it saw; null after it was closed. */
    synchronized FilterCounts counts() {
        return closed ? null : filter.counts();
    }

    /**
     * Blocklist and flow verdicts of this program.
     *
     * @param carriesOut which flow verdicts
     */
    FilterOffload offload(Set<Kind> carriesOut, long flowLifetimeNs) {
        return new FilterOffload(filter, carriesOut, flowLifetimeNs, () -> "");
    }

    /** Lets packets of a queue come. */
    void route(int queue, XskSocket socket) {
        sockets.putFd(queue, socket.fd());
    }

    /** From now on they go to the kernel's stack. */
    void unroute(int queue) {
        sockets.removeAt(queue);
    }

    /** {@link Settings.Mode#NATIVE} or {@link Settings.Mode#GENERIC}. */
    synchronized Settings.Mode mode() {
        return mode;
    }

    /** Why it is not native where that was not asked for; empty otherwise. */
    synchronized String why() {
        return why;
    }

    /** The interface it is attached to; 0 when somebody detached it, or the interface is gone. */
    synchronized int attachedTo() {
        return link == null ? 0 : link.interfaceIndex();
    }

    /** True while the program that runs is this one. */
    synchronized boolean isOurs() {
        return link != null && link.programId() == entry.id();
    }

    synchronized void detach() {
        if (link != null) {
            link.close();
            link = null;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        detach();
        filter.close();
        object.close();
    }
}
