package dev.weir.xdp;

import dev.weir.Verdict.Kind;
import dev.weir.WeirException;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.NetworkNamespace;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.FlowOffload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One interface, or the two of a bridge, captured by one or more queues. */
final class XdpSource implements CaptureSource {
    private static final Logger LOG = LoggerFactory.getLogger(XdpSource.class);

    private final String target;
    private final Settings settings;
    private final Layout layout;
    private final int[] queueNumbers;
    private final CaptureTraits traits;
    private final NetworkNamespace namespace;
    private final List<Umem> umems = new ArrayList<>();
    private final List<XdpQueue> queues = new ArrayList<>();
    private final Links links;
    private Attachment.Plan plan;
    private final List<String> refusedPlans = new ArrayList<>();
    private boolean zeroCopy;
    private String attachFailure = "";

    private XdpSource(CaptureRequest request, Settings settings, List<NetworkInterface> found, Links links) {
        this.target = request.target();
        this.links = links;
        this.namespace = NetworkNamespace.current();
        this.queueNumbers =
                settings.queues().among(links.queuesAtStart(), found.get(0).name());
        this.settings = settings.forQueues(queueNumbers.length);
        this.layout = Layout.of(this.settings, found, queueNumbers.length, request.inFlightPackets());
        this.traits = new CaptureTraits(
                settings.bridge() ? Set.of(Kind.ACCEPT, Kind.DROP, Kind.REPLACE) : Set.of(),
                false,
                queueNumbers.length == 1,
                false,
                layout.maxPackets(),
                layout.maxBytes());
    }

    /** Opens in the network namespace of the calling thread. */
    static XdpSource open(CaptureRequest request) {
        Settings settings = Settings.ofCapture(request.options());
        List<NetworkInterface> found = Links.find(request.target(), settings.bridge());
        Links links = Links.load(found, settings);
        XdpSource source;
        try {
            source = new XdpSource(request, settings, found, links);
        } catch (RuntimeException | Error e) {
            links.close();
            throw e;
        }
        try {
            source.open(found);
            return source;
        } catch (RuntimeException | Error e) {
            source.close();
            throw e;
        }
    }

    private void open(List<NetworkInterface> found) {
        links.attach(found);
        makeQueues(found);
        boolean multiBuffer = layout.multiBuffer() && links.multiBufferRefusal().isEmpty();
        if (layout.multiBuffer() && !multiBuffer) {
            refusedPlans.add("multi-buffer: " + links.multiBufferRefusal());
        }
        for (Attachment.Plan next :
                Attachment.Plan.of(settings.mode(), links.mode(), multiBuffer, settings.multiBuffer() != null)) {
            plan = next;
            String refusal = tryPlan(found);
            if (refusal.isEmpty()) {
                queues.forEach(this::route);
                return;
            }
            refusedPlans.add(next + ": " + refusal);
        }
        throw new WeirException("no AF_XDP socket could be bound to " + target + " as asked: "
                + String.join("; ", refusedPlans)
                + (settings.mode() == Settings.Mode.ZERO_COPY
                        ? "; mode=native copies and works with more drivers"
                        : ""));
    }

    private void makeQueues(List<NetworkInterface> found) {
        int frames = layout.frames();
        for (int i = 0; i < queueNumbers.length; i++) {
            if (umems.isEmpty() || !settings.sharedUmem()) {
                int all = settings.sharedUmem() ? frames * queueNumbers.length : frames;
                umems.add(Umem.allocate(all, settings.frameSizeBytes(), settings.hugePages()));
            }
            Umem umem = umems.get(umems.size() - 1);
            int base = settings.sharedUmem() ? i * frames : 0;
            Frames own = new Frames(base, frames);
            Port[] ports = new Port[found.size()];
            for (int p = 0; p < ports.length; p++) {
                ports[p] = new Port(p, found.get(p).name(), queueNumbers[i], umem, own, settings.ringSize());
            }
            queues.add(new XdpQueue(i, this, umem, base, ports, own, layout));
        }
    }

    /** Binds all sockets in one way; why that does not go, or empty. */
    private String tryPlan(List<NetworkInterface> found) {
        List<Attachment[]> made = new ArrayList<>();
        try {
            XskSocket shared = null;
            for (XdpQueue queue : queues) {
                Attachment[] attachments = attach(queue.ports(), found, shared);
                made.add(attachments);
                shared = settings.sharedUmem() ? made.get(0)[0].socket() : null;
            }
        } catch (RuntimeException | Error e) {
            made.forEach(XdpSource::close);
            if (e instanceof LinuxException refusal && refusal.call().startsWith("bind(")) {
                return refusal.getMessage();
            }
            throw e;
        }
        for (int i = 0; i < made.size(); i++) {
            queues.get(i).open(made.get(i));
        }
        zeroCopy = made.get(0)[0].zeroCopy();
        return "";
    }

    private Attachment[] attach(Port[] ports, List<NetworkInterface> found, XskSocket shared) {
        Attachment[] attachments = new Attachment[ports.length];
        XskSocket sharing = shared;
        try {
            for (int i = 0; i < ports.length; i++) {
                Port port = ports[i];
                attachments[i] = Attachment.open(
                        found.get(i), port.queue(), port.umem(), sharing, plan, settings, true, settings.bridge());
                sharing = sharing == null ? attachments[i].socket() : sharing;
            }
            return attachments;
        } catch (RuntimeException | Error e) {
            close(attachments);
            throw e;
        }
    }

    private static void close(Attachment[] attachments) {
        for (Attachment attachment : attachments) {
            if (attachment != null) {
                attachment.socket().close();
            }
        }
    }

    Settings settings() {
        return settings;
    }

    // ---------------------------------------------------------------------------------------------- for the queues

    /** Lets packets come to a queue. */
    void route(XdpQueue queue) {
        for (Port port : queue.ports()) {
            links.program(port.number()).route(port.queue(), port.socket());
        }
    }

    /** From now on they go to the kernel's stack. */
    void unroute(XdpQueue queue) {
        for (Port port : queue.ports()) {
            links.program(port.number()).unroute(port.queue());
        }
    }

    /** Looks after the interfaces and the programs on them; all queues together do so once in a while. */
    void look(long nowNs) {
        links.look(nowNs);
    }

    Program program(int port) {
        return links.program(port);
    }

    boolean areAllThere() {
        return links.areAllThere();
    }

    /** New sockets for a queue whose interface was replaced, opened where the first ones were; null when not now. */
    synchronized Attachment[] attachAgain(Port[] ports) {
        try {
            return namespace.call(() -> {
                List<NetworkInterface> found = links.findAgain();
                links.attachAgain(found);
                return attach(ports, found, null);
            });
        } catch (WeirException e) {
            // It may be half made, or gone again: the next look tells.
            if (!e.getMessage().equals(attachFailure)) {
                attachFailure = e.getMessage();
                LOG.warn("{} is there again, but cannot be captured from: {}", target, attachFailure);
            }
            return null;
        }
    }

    // ---------------------------------------------------------------------------------------------- the source

    @Override
    public CaptureTraits traits() {
        return traits;
    }

    @Override
    public List<? extends CaptureQueue> queues() {
        return List.copyOf(queues);
    }

    /** Dropped flows stay in the kernel where packets are decided here, on a bridge; the blocklist always. */
    @Override
    public Optional<FlowOffload> flowOffload(int maxFlows, long flowLifetimeNs) {
        return Optional.of(links.offload(settings.bridge() ? Set.of(Kind.DROP) : Set.of(), flowLifetimeNs));
    }

    @Override
    public List<String> explain() {
        return new Explanation(settings, layout, links, queueNumbers, plan, refusedPlans, zeroCopy).lines();
    }

    @Override
    public void close() {
        int lent = 0;
        for (XdpQueue queue : queues) {
            lent += queue.close();
        }
        queues.clear();
        links.close();
        namespace.close();
        if (lent == 0) {
            umems.forEach(Umem::close);
        } else {
            umems.forEach(Umem::leaveMapped);
            LOG.warn(
                    "xdp:{} closes while {} frames are still out: their memory stays until the process ends",
                    target,
                    lent);
        }
        umems.clear();
    }
}
