package dev.weir.xdp;

import dev.weir.Verdict.Kind;
import dev.weir.WeirException;
import dev.weir.linux.Ethtool;
import dev.weir.linux.Interfaces;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.Socket;
import dev.weir.linux.bpf.BpfLoadException;
import dev.weir.spi.CapturedLink;
import dev.weir.spi.FlowOffload;
import dev.weir.xdp.filter.FilterCounts;
import dev.weir.xdp.filter.FilterGroup;
import dev.weir.xdp.filter.XdpHook;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The interfaces of a capture, the programs on them, and what happened to them since. Looked after by whichever queue's
 * owner comes first; each change is told once.
 */
final class Links implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Links.class);
    private static final long LOOK_EVERY_NS = 200_000_000;

    private final Settings settings;
    private final Socket asking;
    private final List<Guarded> guarded = new ArrayList<>();
    private final AtomicLong nextLookNs = new AtomicLong(System.nanoTime());
    private volatile boolean allThere = true;
    private int queuesAtStart = Integer.MAX_VALUE;
    private String multiBufferRefusal = "";

    /** An interface with its program. */
    private static final class Guarded {
        final String name;
        final CapturedLink link;
        final Program program;
        final int queuesAtStart;
        volatile String trouble = "";
        volatile int queuesTold;

        Guarded(String name, Program program, int queues) {
            this.name = name;
            this.link = new CapturedLink(name);
            this.program = program;
            this.queuesAtStart = queues;
            this.queuesTold = queues;
        }
    }

    private Links(Settings settings) {
        this.settings = settings;
        this.asking = Interfaces.socket();
    }

    /** The interfaces that a target names. */
    static List<NetworkInterface> find(String target, boolean bridge) {
        String[] names = target.split(",", -1);
        if (names.length != (bridge ? 2 : 1) || bridge && names[0].equals(names[1])) {
            throw new WeirException(
                    bridge
                            ? "a bridge has two interfaces, as in xdp:eth0,eth1?bridge, not \"" + target + "\""
                            : "xdp captures from one interface, as in xdp:eth0, or bridges two, as in"
                                    + " xdp:eth0,eth1?bridge, not \"" + target + "\"");
        }
        List<NetworkInterface> found = new ArrayList<>();
        for (String name : names) {
            NetworkInterface link = Interfaces.require(name);
            if (!link.hasEthernetHeader()) {
                throw new WeirException("the interface " + name + " (ARPHRD " + link.hardwareType()
                        + ") has no Ethernet header, which AF_XDP needs: afpacket:" + name + " captures from it");
            }
            found.add(link);
        }
        return found;
    }

    /**
     * Loads a program for each; nothing is attached yet. Where nobody asked for packets in several buffers, a kernel that
     * does not know such programs (before 5.18) gets one without.
     */
    static Links load(List<NetworkInterface> found, Settings settings) {
        boolean multiBuffer = found.stream().anyMatch(link -> Layout.wantsMultiBuffer(settings, link));
        try {
            return load(found, settings, multiBuffer);
        } catch (BpfLoadException e) {
            if (!multiBuffer || settings.multiBuffer() != null) {
                throw e;
            }
            Links links = load(found, settings, false);
            links.multiBufferRefusal = e.getMessage();
            return links;
        }
    }

    private static Links load(List<NetworkInterface> found, Settings settings, boolean multiBuffer) {
        Links links = new Links(settings);
        try {
            for (NetworkInterface link : found) {
                int queues = Ethtool.receiveQueues(links.asking, link.name());
                links.queuesAtStart = Math.min(links.queuesAtStart, queues);
                Program program = Program.load(queues, multiBuffer);
                links.guarded.add(new Guarded(link.name(), program, queues));
                program.steer(settings.steering());
            }
            return links;
        } catch (RuntimeException | Error e) {
            links.close();
            throw e;
        }
    }

    /** Why packets cannot come in several buffers where they should; empty otherwise. */
    String multiBufferRefusal() {
        return multiBufferRefusal;
    }

    /** Receive queues that all interfaces have. */
    int queuesAtStart() {
        return queuesAtStart;
    }

    /** Attaches in the network namespace of the calling thread. */
    void attach(List<NetworkInterface> found) {
        for (int i = 0; i < found.size(); i++) {
            Guarded one = guarded.get(i);
            // On a veth, native XDP on one side of a bridge and generic on the other works as well.
            one.program.attach(found.get(i), hookMode());
            one.link.found(stateOf(found.get(i)), found.get(i).index());
        }
    }

    private XdpHook.Mode hookMode() {
        if (settings.mode() == null) {
            return XdpHook.Mode.AUTO;
        }
        return settings.mode() == Settings.Mode.GENERIC ? XdpHook.Mode.GENERIC : XdpHook.Mode.NATIVE;
    }

    private static CapturedLink.State stateOf(NetworkInterface link) {
        return link.isUp() ? CapturedLink.State.UP : CapturedLink.State.DOWN;
    }

    /** Generic when one of them is. */
    Settings.Mode mode() {
        return guarded.stream().anyMatch(one -> one.program.hook().mode() == XdpHook.Mode.GENERIC)
                ? Settings.Mode.GENERIC
                : Settings.Mode.NATIVE;
    }

    Program program(int number) {
        return guarded.get(number).program;
    }

    /** Looks, when nobody has done so lately. */
    void look(long nowNs) {
        long due = nextLookNs.get();
        if (nowNs - due < 0 || !nextLookNs.compareAndSet(due, nowNs + LOOK_EVERY_NS)) {
            return;
        }
        boolean all = true;
        for (Guarded one : guarded) {
            Optional<NetworkInterface> there = Interfaces.find(asking, one.name);
            all &= there.isPresent();
            if (there.isEmpty()) {
                one.link.found(CapturedLink.State.GONE, 0);
                continue;
            }
            int attachedTo = one.program.attachedTo();
            if (attachedTo != 0) {
                one.link.found(stateOf(there.get()), there.get().index());
            }
            tell(one, troubleOf(one, there.get(), attachedTo));
            lookAtQueues(one);
        }
        allThere = all;
    }

    private String troubleOf(Guarded one, NetworkInterface there, int attachedTo) {
        if (attachedTo == 0) {
            return "the XDP program on " + one.name + " was detached by somebody: nothing is captured from it any more";
        }
        if (attachedTo == there.index() && !one.program.isOurs()) {
            return "the XDP program on " + one.name
                    + " was replaced by somebody: what is captured from it is for that one to say";
        }
        return "";
    }

    private static void tell(Guarded one, String trouble) {
        if (!trouble.equals(one.trouble)) {
            one.trouble = trouble;
            if (!trouble.isEmpty()) {
                LOG.warn("{}", trouble);
            }
        }
    }

    private void lookAtQueues(Guarded one) {
        int queues = Ethtool.receiveQueues(asking, one.name);
        if (queues != one.queuesTold) {
            one.queuesTold = queues;
            LOG.warn(
                    "the interface {} has {} receive queues now, and had {}: what comes by queues that are not captured"
                            + " goes to the kernel's stack; open the capture anew to take them all",
                    one.name,
                    queues,
                    one.queuesAtStart);
        }
    }

    boolean areAllThere() {
        return allThere;
    }

    /** The interfaces of these names, in the network namespace of the calling thread. */
    List<NetworkInterface> findAgain() {
        return guarded.stream().map(one -> Interfaces.require(one.name)).toList();
    }

    /** Attaches to interfaces that were made anew. */
    void attachAgain(List<NetworkInterface> found) {
        for (int i = 0; i < found.size(); i++) {
            Guarded one = guarded.get(i);
            if (one.program.attachedTo() != found.get(i).index()) {
                one.program.attachAgain(found.get(i));
                one.link.found(stateOf(found.get(i)), found.get(i).index());
            }
        }
    }

    /** Blocklist and flow verdicts in the programs of all. */
    FlowOffload offload(Set<Kind> carriesOut, long flowLifetimeNs) {
        return new FilterGroup(guarded.stream()
                .map(one -> one.program.offload(carriesOut, flowLifetimeNs))
                .toList());
    }

    /** How each stands, in lines for people. Any thread. */
    List<String> explain() {
        List<String> lines = new ArrayList<>();
        for (Guarded one : guarded) {
            lines.add(one.link.toString());
            XdpHook hook = one.program.hook();
            lines.add("XDP program on " + one.name + ": "
                    + (hook.mode() == XdpHook.Mode.GENERIC ? "generic" : "native")
                    + (settings.mode() == null
                            ? hook.refusal().isEmpty()
                                    ? ", the best there is"
                                    : ", because the driver refused native XDP with " + hook.refusal()
                            : ", as asked"));
            lines.add("to Weir goes " + settings.steering() + told(one.program.counts()));
            if (!one.trouble.isEmpty()) {
                lines.add(one.trouble);
            }
            if (one.queuesTold != one.queuesAtStart) {
                lines.add(one.name + " has " + one.queuesTold + " receive queues now, and had " + one.queuesAtStart
                        + " when it was opened");
            }
        }
        return lines;
    }

    private static String told(FilterCounts counts) {
        if (counts == null) {
            return "";
        }
        return ": " + counts.steered() + " packets did, " + counts.passed() + " went to the kernel's stack"
                + (counts.withoutSocket() > 0 ? ", and " + counts.withoutSocket() + " that came by other queues" : "");
    }

    @Override
    public void close() {
        for (Guarded one : guarded) {
            one.program.close();
        }
        asking.close();
    }
}
