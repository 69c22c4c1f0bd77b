package dev.weir.testkit;

import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.PacketOrigin;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.bpf.PacketFilter;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.internal.Registry;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A capture without a network: the test injects packets, and sees what becomes of them. It is known in the whole JVM by
 * its {@link #name()}, from when it is made until it is closed, so {@code Pipeline.from(memory.name())} finds it. One
 * pipeline can have it open at a time, once.
 *
 * <p>It behaves as an inline queue of the kernel does: packets wait in a bounded queue, what does not fit is lost and
 * counted ({@link dev.weir.Loss#QUEUE_FULL}), every packet gets one verdict. Misuse by the engine (a second verdict, a
 * release without one) throws {@link IllegalStateException}.
 *
 * <p><b>Two ways to feed it.</b> {@link #inject} makes an {@link InjectedPacket} for each packet, on which the test
 * awaits the verdict. {@link #replaying} prepares frames once and gives them again and again, allocating nothing, for
 * benchmarks and for tests with millions of packets.
 *
 * <p><b>Threads.</b> All methods may be called from any thread.
 */
public final class MemoryCapture implements AutoCloseable {
    private static final Registry<MemoryCapture> REGISTRY =
            new Registry<>("memory capture", "MemoryCapture.builder().named(\"%s\").create()");
    private static final Set<Verdict.Kind> EVERY_VERDICT = Set.copyOf(EnumSet.of(
            Verdict.Kind.ACCEPT, Verdict.Kind.DROP, Verdict.Kind.REPLACE, Verdict.Kind.REJECT, Verdict.Kind.MARK));

    private final String target;
    private final Settings settings;
    private final List<MemoryQueue> queues = new ArrayList<>();
    private final boolean replays;
    private final int linkType;
    private final AtomicLong injected = new AtomicLong();
    private final Headers headers = new Headers();
    private final Bytes view = new Bytes();
    private final Runnable wakeAll = () -> queues.forEach(MemoryQueue::wakeup);
    private boolean opened;

    /** What a builder collected. */
    record Settings(
            int queues,
            Set<Verdict.Kind> carriesOut,
            int capacity,
            boolean symmetric,
            boolean offline,
            boolean pinsMemory,
            int memoryPackets,
            int maxPackets,
            long maxBytes,
            MovableClock clock) {}

    private MemoryCapture(String target, Settings settings, List<byte[]> frames, int linkType) {
        this.target = target;
        this.settings = settings;
        this.replays = frames != null;
        this.linkType = linkType;
        if (replays) {
            List<List<byte[]>> shares = new ArrayList<>();
            for (int i = 0; i < settings.queues(); i++) {
                shares.add(new ArrayList<>());
            }
            frames.forEach(frame -> shares.get(queueOf(frame, linkType)).add(frame));
            for (int i = 0; i < settings.queues(); i++) {
                queues.add(new ReplayQueue(i, settings, shares.get(i), linkType, nowNs()));
            }
        } else {
            for (int i = 0; i < settings.queues(); i++) {
                queues.add(new InjectedQueue(i, settings));
            }
        }
        REGISTRY.add(target, this);
        if (settings.clock() != null) {
            settings.clock().onAdvance(wakeAll);
        }
    }

    /** A capture with one queue that carries out every verdict, under a name of its own. */
    public static MemoryCapture create() {
        return builder().create();
    }

    /**
     * A capture that gives each of the frames {@code rounds} times, in order, and then ends.
     *
     * @param frames Ethernet frames; copied
     */
    public static MemoryCapture replaying(List<byte[]> frames, long rounds) {
        MemoryCapture capture = builder().replay(frames).create();
        capture.play(rounds);
        capture.end();
        return capture;
    }

    /** For a capture with other qualities. */
    public static Builder builder() {
        return new Builder();
    }

    static MemoryCapture find(String target) {
        return REGISTRY.find(target);
    }

    /** What a pipeline is opened with: {@code memory:} and the name. */
    public String name() {
        return MemoryCaptureProvider.NAME + ":" + target;
    }

    /** Puts an Ethernet frame into the capture; the array is copied. */
    public InjectedPacket inject(byte[] frame) {
        return prepare(frame).inject();
    }

    /** Puts what a builder builds into the capture, with its link type. */
    public InjectedPacket inject(PacketBuilder packet) {
        return prepare(packet.build()).linkType(packet.linkType()).inject();
    }

    /** Puts an Ethernet frame into the capture: the bytes between position and limit, which stay as they are. */
    public InjectedPacket inject(ByteBuffer frame) {
        byte[] copy = new byte[frame.remaining()];
        frame.get(frame.position(), copy);
        return new Injection(copy).inject();
    }

    /** Puts Ethernet frames into the capture, one after the other. */
    public List<InjectedPacket> injectAll(List<byte[]> frames) {
        return frames.stream().map(this::inject).toList();
    }

    /** For a packet with more to say than its bytes; call {@link Injection#inject()} at the end. The array is copied. */
    public Injection prepare(byte[] frame) {
        return new Injection(frame.clone());
    }

    /** Lets the prepared frames go through {@code rounds} more times; only for captures that replay. */
    public void play(long rounds) {
        if (!replays) {
            throw new IllegalStateException("this memory capture replays nothing: give it frames with Builder.replay");
        }
        queues.forEach(queue -> ((ReplayQueue) queue).play(rounds));
    }

    /** Nothing comes any more: when the packets before have been received, the capture ends in order. */
    public void end() {
        for (MemoryQueue queue : queues) {
            if (queue instanceof InjectedQueue one) {
                one.end();
            } else {
                ((ReplayQueue) queue).end();
            }
        }
    }

    /** The source fails: when the packets before have been received, {@code cause} is thrown. Not when replaying. */
    public void fail(WeirException cause) {
        Objects.requireNonNull(cause, "cause");
        if (replays) {
            throw new IllegalStateException("a memory capture that replays cannot fail");
        }
        queues.forEach(queue -> ((InjectedQueue) queue).fail(cause));
    }

    /** How many packets got a verdict of this kind, all queues together. */
    public long verdicts(Verdict.Kind kind) {
        return queues.stream().mapToLong(queue -> queue.verdicts(kind)).sum();
    }

    /** Makes the name free; a pipeline that has the capture open sees its end. */
    @Override
    public void close() {
        end();
        if (settings.clock() != null) {
            settings.clock().remove(wakeAll);
        }
        REGISTRY.remove(target, this);
    }

    @Override
    public String toString() {
        return name();
    }

    synchronized CaptureSource open(String filter, int snapLength) {
        if (opened) {
            throw new WeirException(name() + " has been opened before: make another memory capture");
        }
        for (MemoryQueue queue : queues) {
            queue.open(filter.isEmpty() ? null : new PacketFilter(filter, linkType), snapLength);
        }
        opened = true;
        return new Source("memory capture " + target + ", snap length " + snapLength
                + (filter.isEmpty() ? "" : ", what matches \"" + filter + "\""));
    }

    /** Steers as a network card does, by a hash of the five-tuple. */
    private synchronized int queueOf(byte[] frame, int linkType) {
        if (settings.queues() == 1) {
            return 0;
        }
        headers.decode(view.wrap(ByteBuffer.wrap(frame), 0, frame.length), linkType);
        FlowKey key = headers.key();
        int hash = settings.symmetric() ? key.hashCode() ^ key.reversed().hashCode() : key.hashCode();
        return Math.floorMod(hash * 0x9e3779b9 >>> 16, settings.queues());
    }

    private long nowNs() {
        Instant now = Instant.now();
        return settings.clock() != null
                ? settings.clock().nanoTime()
                : now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** A packet on its way into the capture. */
    public final class Injection {
        final byte[] frame;
        int wireLength;
        int linkType = MemoryCapture.this.linkType;
        int interfaceIndex;
        PacketOrigin origin = PacketOrigin.UNKNOWN;
        int mark;
        boolean checksumsComplete = true;
        boolean refusesVerdict;
        private long timestampNs = -1;
        private int queue = -1;

        private Injection(byte[] frame) {
            this.frame = frame;
            this.wireLength = frame.length;
        }

        /** A number of {@link LinkType}; the standard is the capture's. */
        public Injection linkType(int linkType) {
            this.linkType = linkType;
            return this;
        }

        /** Nanoseconds since 1970; the standard is now, by the capture's clock. */
        public Injection timestampNs(long timestampNs) {
            this.timestampNs = timestampNs;
            return this;
        }

        /** The length it had on the wire, when what is injected is cut. */
        public Injection wireLength(int wireLength) {
            this.wireLength = wireLength;
            return this;
        }

        /** The queue it comes by; the standard is the one that the hash of its flow says. */
        public Injection queue(int queue) {
            this.queue = Objects.checkIndex(queue, settings.queues());
            return this;
        }

        /** The index of the interface it comes by. */
        public Injection interfaceIndex(int interfaceIndex) {
            this.interfaceIndex = interfaceIndex;
            return this;
        }

        /** How the link saw it. */
        public Injection origin(PacketOrigin origin) {
            this.origin = Objects.requireNonNull(origin, "origin");
            return this;
        }

        /** The mark it comes with. */
        public Injection mark(int mark) {
            this.mark = mark;
            return this;
        }

        /** Says that checksums in it are still to be completed by the network card. */
        public Injection checksumsIncomplete() {
            this.checksumsComplete = false;
            return this;
        }

        /** Its verdict will be refused, as the kernel does when it no longer knows the packet. */
        public Injection refusingVerdict() {
            this.refusesVerdict = true;
            return this;
        }

        /**
         * Puts it into the capture.
         *
         * @throws IllegalStateException when the capture replays prepared frames
         */
        public InjectedPacket inject() {
            if (replays) {
                throw new IllegalStateException("this memory capture replays prepared frames and takes no others");
            }
            int target = queue >= 0 ? queue : queueOf(frame, linkType);
            InjectedPacket packet = new InjectedPacket(
                    this, injected.incrementAndGet(), target, timestampNs >= 0 ? timestampNs : nowNs());
            ((InjectedQueue) queues.get(target)).inject(packet);
            return packet;
        }
    }

    /** Says what a memory capture is like. */
    public static final class Builder {
        private String target;
        private int queues = 1;
        private Set<Verdict.Kind> carriesOut = EVERY_VERDICT;
        private int capacity = 1 << 20;
        private boolean symmetric = true;
        private boolean offline;
        private int memoryPackets;
        private int maxPackets = 1 << 20;
        private long maxBytes = 1L << 40;
        private MovableClock clock;
        private List<byte[]> frames;
        private int linkType = LinkType.ETHERNET;

        private Builder() {}

        /** The name after {@code memory:}; the standard is one that is unique in the JVM. */
        public Builder named(String target) {
            this.target = Objects.requireNonNull(target, "target");
            return this;
        }

        /** How many queues; packets go to them by the hash of their flow. The standard is 1. */
        public Builder queues(int queues) {
            this.queues = atLeastOne("queues", queues);
            return this;
        }

        /** The two directions of a flow may come by different queues. */
        public Builder asymmetric() {
            this.symmetric = false;
            return this;
        }

        /** Sees copies and carries nothing out, as a tap or a file does. */
        public Builder passive() {
            this.carriesOut = Set.of();
            return this;
        }

        /** The verdicts it can carry out; the standard is all of them. */
        public Builder carriesOut(Verdict.Kind... kinds) {
            this.carriesOut = Set.of(kinds);
            return this;
        }

        /** Has an end, and its time is that of its packets, as with a file. */
        public Builder offline() {
            this.offline = true;
            return this;
        }

        /** How many packets each queue keeps until they are received, further ones are lost; the standard is 2^20. */
        public Builder capacity(int packets) {
            this.capacity = atLeastOne("capacity", packets);
            return this;
        }

        /** How many packets a queue lends out at once; the standard is 2^20. */
        public Builder maxPackets(int packets) {
            this.maxPackets = atLeastOne("maxPackets", packets);
            return this;
        }

        /** What the capture says about how many bytes a queue lends out at once; the standard is 1 TiB. */
        public Builder maxBytes(long bytes) {
            this.maxBytes = bytes;
            return this;
        }

        /**
         * Held packets keep memory back that others need, as in a ring: with {@code packets} lent out and not detached,
         * nothing more is received.
         */
        public Builder pinsMemory(int packets) {
            this.memoryPackets = atLeastOne("pinsMemory", packets);
            return this;
        }

        /** Packets get this clock's time as their time stamp, and the pipeline is woken whenever it moves. */
        public Builder clock(MovableClock clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Prepares frames to go through again and again ({@link MemoryCapture#play}), without an
         * {@link InjectedPacket} each. Their time stamps are a microsecond apart.
         */
        public Builder replay(List<byte[]> frames) {
            if (frames.isEmpty()) {
                throw new IllegalArgumentException("at least one frame is needed");
            }
            this.frames = List.copyOf(frames);
            return this;
        }

        /** The link type of frames to replay, and of most that are injected; the standard is Ethernet. */
        public Builder linkType(int linkType) {
            this.linkType = linkType;
            return this;
        }

        /**
         * Makes the capture.
         *
         * @throws IllegalStateException when there is one of this name
         */
        public MemoryCapture create() {
            String name = target != null ? target : REGISTRY.newName();
            boolean pins = memoryPackets > 0;
            return new MemoryCapture(
                    name,
                    new Settings(
                            queues,
                            carriesOut,
                            capacity,
                            symmetric || queues == 1,
                            offline,
                            pins,
                            memoryPackets,
                            maxPackets,
                            maxBytes,
                            clock),
                    frames,
                    linkType);
        }

        private static int atLeastOne(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " must be at least 1, not " + value);
            }
            return value;
        }
    }

    private final class Source implements CaptureSource {
        private final String explanation;
        private final CaptureTraits traits = new CaptureTraits(
                settings.carriesOut(),
                settings.offline(),
                settings.symmetric(),
                settings.pinsMemory(),
                settings.maxPackets(),
                settings.maxBytes());

        Source(String explanation) {
            this.explanation = explanation;
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
            return List.of(explanation);
        }

        @Override
        public void close() {
            queues.forEach(MemoryQueue::close);
        }
    }
}
