package dev.weir.afpacket;

import dev.weir.LinkType;
import dev.weir.WeirException;
import dev.weir.linux.Doorbell;
import dev.weir.linux.IfPacket;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.NetworkNamespace;
import dev.weir.linux.Poller;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.CapturedLink;
import dev.weir.spi.SlotPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An interface, or all of them, captured by one or more queues. */
final class AfPacketSource implements CaptureSource {
    private static final Logger LOG = LoggerFactory.getLogger(AfPacketSource.class);

    /** The target that stands for all interfaces. */
    static final String ANY = "any";

    private final String target;
    private final Settings settings;
    private final Framing framing;
    private final Filter filter;
    private final boolean ignoreOutgoing;
    private final CapturedLink link;
    private final Map<Integer, FanoutGroup> groups = new HashMap<>();
    private final NetworkNamespace namespace;
    private final CaptureTraits traits;
    private final List<RingQueue> queues = new ArrayList<>();

    private AfPacketSource(String target, Settings settings, NetworkInterface found) {
        this.target = target;
        this.settings = settings;
        this.framing = found == null ? Framing.COOKED : Framing.of(found.hardwareType());
        this.filter = Filter.of(settings, framing);
        this.ignoreOutgoing =
                settings.ignoreOutgoing() == null ? found != null && found.isLoopback() : settings.ignoreOutgoing();
        this.link = new CapturedLink(target);
        boolean shared = settings.queues() > 1;
        if (shared) {
            for (int etherType : settings.etherTypes()) {
                groups.put(etherType, new FanoutGroup(settings.fanout()));
            }
        }
        this.namespace = shared ? NetworkNamespace.current() : null;
        this.traits = new CaptureTraits(
                Set.of(),
                false,
                !shared || settings.fanout() == Settings.Fanout.HASH,
                true,
                settings.lowLatency() ? settings.frames() : settings.ringBytes() / BlockRing.HEADER_BYTES,
                settings.ringBytes());
    }

    /** Opens in the network namespace of the calling thread. */
    static AfPacketSource open(CaptureRequest request) {
        Settings settings = Settings.ofCapture(request.options());
        AvailableMemory.check(settings);
        NetworkInterface found = null;
        if (request.target().equals(ANY)) {
            if (settings.promiscuous()) {
                throw new WeirException("afpacket option promiscuous: name an interface instead of " + ANY);
            }
        } else {
            found = Interfaces.require(request.target());
        }
        AfPacketSource source = new AfPacketSource(request.target(), settings, found);
        try {
            source.open(found);
            return source;
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    private void open(NetworkInterface found) {
        for (int etherType : settings.etherTypes()) {
            for (int i = 0; i < settings.queues(); i++) {
                openQueue(etherType, found);
            }
        }
        if (found != null) {
            link.found(found.isUp() ? CapturedLink.State.UP : CapturedLink.State.DOWN, found.index());
        }
        // Every queue is in place before the first packet comes in.
        for (RingQueue queue : queues) {
            queue.start();
            if (link.state() != CapturedLink.State.UP) {
                queue.suspectLink();
            }
        }
    }

    private void openQueue(int etherType, NetworkInterface found) {
        SlotPool pool = new SlotPool(queues.size());
        Doorbell doorbell = new Doorbell();
        try {
            RingQueue.Attachment attachment = attachHere(pool, doorbell, 0, found, etherType);
            queues.add(new RingQueue(queues.size(), this, doorbell, pool, attachment));
        } catch (RuntimeException | Error e) {
            doorbell.close();
            throw e;
        }
    }

    /** A new socket for a queue whose interface was replaced; opened where the first one was. */
    RingQueue.Attachment attach(
            SlotPool pool, Doorbell doorbell, int generation, NetworkInterface found, int etherType) {
        try {
            return namespace.call(() -> attachHere(pool, doorbell, generation, found, etherType));
        } catch (LinuxException e) {
            if (!e.call().startsWith("setns")) {
                throw e;
            }
            // Without the right to enter a namespace this thread cannot be in another one.
            return attachHere(pool, doorbell, generation, found, etherType);
        }
    }

    private RingQueue.Attachment attachHere(
            SlotPool pool, Doorbell doorbell, int generation, NetworkInterface found, int etherType) {
        PacketSocket socket = PacketSocket.open(settings, framing, ignoreOutgoing, etherType);
        try {
            Ring.Intake intake = new Ring.Intake(
                    pool, generation, framing, settings.snapLengthBytes(), isEveryInterface(), filter.recheck());
            ByteBuffer memory = socket.ring().bytes();
            Ring ring = settings.lowLatency()
                    ? new FrameRing(memory, settings.frameSizeBytes(), settings.frames(), intake, socket.socket())
                    : new BlockRing(memory, settings.blockSizeBytes(), settings.blocks(), intake);
            bind(socket, found);
            ring.interfaceIndex(found == null ? 0 : found.index());
            return new RingQueue.Attachment(
                    socket, ring, new Poller(socket.fd(), doorbell.event().fd()));
        } catch (RuntimeException | Error e) {
            socket.close();
            socket.ring().close();
            throw e;
        }
    }

    /** Binds and joins the group; nothing is let in yet by a new socket. */
    void bind(PacketSocket socket, NetworkInterface found) {
        if (found != null && Framing.of(found.hardwareType()) != framing) {
            throw new WeirException("the interface " + target + " was replaced by one of another kind (ARPHRD "
                    + found.hardwareType() + ")");
        }
        int index = found == null ? 0 : found.index();
        socket.bind(target, index);
        if (isShared()) {
            groups.get(socket.etherType()).join(socket, index);
        }
        if (settings.promiscuous()) {
            socket.bePromiscuous(index);
        }
    }

    String target() {
        return target;
    }

    Settings settings() {
        return settings;
    }

    Filter filter() {
        return filter;
    }

    CapturedLink link() {
        return link;
    }

    boolean isEveryInterface() {
        return target.equals(ANY);
    }

    /** Several queues in a fanout group. */
    boolean isShared() {
        return !groups.isEmpty();
    }

    @Override
    public CaptureTraits traits() {
        return traits;
    }

    @Override
    public List<? extends CaptureQueue> queues() {
        return List.copyOf(queues);
    }

    @Override
    public List<String> explain() {
        List<String> lines = new ArrayList<>();
        if (isEveryInterface()) {
            lines.add("all interfaces, as " + LinkType.name(framing.linkType()));
        } else {
            lines.add(link + " (" + LinkType.name(framing.linkType())
                    + (settings.promiscuous() ? ", promiscuous)" : ")"));
        }
        int mebibytes = settings.ringBytes() >> 20;
        if (settings.lowLatency()) {
            lines.add("TPACKET_V2 ring of " + settings.frames() + " frames of "
                    + settings.frameSizeBytes() + " bytes (" + mebibytes
                    + " MiB) for each queue: packets come at once");
        } else {
            lines.add("TPACKET_V3 ring of " + settings.blocks() + " blocks of " + (settings.blockSizeBytes() >> 10)
                    + " KiB (" + mebibytes + " MiB) for each queue: packets come when a block is full or "
                    + settings.retireTimeoutMs() + " ms old");
            if (settings.coalesceNs() > 0 && settings.blocks() >= RingQueue.SHARE_OF_RING) {
                lines.add("while they come densely, they are taken every " + settings.coalesceNs() / 1_000_000
                        + " ms, earlier where the ring would fill (coalesce=)");
            }
        }
        if (isShared()) {
            lines.add(
                    switch (settings.fanout()) {
                        case HASH ->
                            settings.queues() + " queues by the hash of the flow, IPv4 fragments put together first";
                        case CPU -> settings.queues() + " queues by processor: the two directions of a flow may differ";
                        case RR -> settings.queues() + " queues in turn: a flow is spread over all";
                    });
        }
        if (!settings.mark().isNone()) {
            lines.add("what was received and has the mark " + settings.mark()
                    + " behind tc: IPv4 and IPv6 in queues of their own, nothing else");
        }
        if (!settings.filter().isEmpty()) {
            lines.add("filter \"" + settings.filter() + "\": "
                    + (filter.here() == null
                            ? "in the kernel, " + filter.kernel().length() + " instructions"
                            : framing == Framing.COOKED
                                    ? "in this process, because the cooked header is made here"
                                    : "in the kernel; packets with a VLAN tag in this process"));
        }
        if (settings.hardwareTimestamps()) {
            int seen = queues.stream().mapToInt(RingQueue::statusSeen).reduce(0, (a, b) -> a | b);
            lines.add(
                    (seen & IfPacket.TP_STATUS_TS_RAW_HARDWARE) != 0
                            ? "time stamps of the network card"
                            : "time stamps of the network card asked for; none seen yet, so the kernel's are used");
        }
        if (ignoreOutgoing) {
            lines.add("outgoing packets are left out"
                    + (settings.ignoreOutgoing() == null ? ": on the loopback they come in again" : ""));
        }
        return lines;
    }

    @Override
    public void close() {
        int lent = 0;
        for (RingQueue queue : queues) {
            lent += queue.close();
        }
        queues.clear();
        if (namespace != null) {
            namespace.close();
        }
        if (lent > 0) {
            LOG.warn(
                    "afpacket:{} closes while {} packets are still out: a copy of them stays in memory until the process ends",
                    target,
                    lent);
        }
    }
}
