package dev.weir.xdp;

import dev.weir.Verdict.Kind;
import dev.weir.WeirException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.BpfProgram;
import dev.weir.xdp.filter.FilterCounts;
import dev.weir.xdp.filter.FilterMaps;
import dev.weir.xdp.filter.FilterOffload;
import dev.weir.xdp.filter.Steering;
import dev.weir.xdp.filter.XdpHook;
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

    private static final String BUSY_REMEDY = "stop what it belongs to, another Weir perhaps";

    private final BpfObject object;
    private final BpfProgram entry;
    private final BpfMap sockets;
    private final FilterMaps filter;
    private XdpHook hook;
    private boolean attached;
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
     * @throws WeirException when another program is there, or the driver cannot do what was asked
     */
    synchronized void attach(NetworkInterface to, XdpHook.Mode asked) {
        detach();
        hook = XdpHook.attach(entry, to, asked, BUSY_REMEDY);
        attached = true;
    }

    /** Attaches in the same mode as before, to an interface that has come back. */
    synchronized void attachAgain(NetworkInterface to) {
        XdpHook former = hook;
        attach(to, former.mode());
        hook = new XdpHook(hook.link(), hook.mode(), former.refusal());
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

    /** How it was attached the last time; null before the first. */
    synchronized XdpHook hook() {
        return hook;
    }

    /** The interface it is attached to; 0 when somebody detached it, or the interface is gone. */
    synchronized int attachedTo() {
        return attached ? hook.link().interfaceIndex() : 0;
    }

    /** True while the program that runs is this one. */
    synchronized boolean isOurs() {
        return attached && hook.link().programId() == entry.id();
    }

    synchronized void detach() {
        if (attached) {
            attached = false;
            hook.link().close();
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
