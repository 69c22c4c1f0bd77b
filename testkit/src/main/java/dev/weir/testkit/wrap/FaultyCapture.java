package dev.weir.testkit.wrap;

import dev.weir.WeirException;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.internal.Registry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Goes around a capture and does to its packets what networks, cards and kernels do:
 *
 * <pre>{@code
 * try (FaultyCapture faulty = FaultyCapture.around(memory.name())
 *                 .seed(42).drop(0.01).reorder(0.05, 3).failAt(1000, new WeirException("link gone"))
 *                 .create();
 *         Pipeline pipeline = Pipeline.from(faulty.name()).classify(mine).open()) {
 *     …
 * }
 * }</pre>
 *
 * <p>Packets are counted from 1, for each queue by itself. What happens depends on the seed and on the order of the
 * packets alone. Every packet of the inner capture gets one verdict and one release, whatever is done to it; what is
 * dropped here is counted as {@link dev.weir.Loss#INJECTED}.
 *
 * <p>Corrupted packets and duplicates are copies. A verdict on a corrupted packet is carried out on the packet as it
 * was; one on a duplicate is not carried out at all.
 */
public final class FaultyCapture implements AutoCloseable {
    static final Registry<FaultyCapture> REGISTRY =
            new Registry<>("faulty capture", "FaultyCapture.around(…).named(\"%s\").create()");

    /** What can be done to a packet. */
    public enum Fault {
        /** It never arrives. */
        DROP,
        /** It arrives a second time, after itself. */
        DUPLICATE,
        /** It arrives some packets later. */
        REORDER,
        /** It arrives with one bit flipped. */
        CORRUPT,
        /** Nothing arrives for a while, then this packet. */
        STALL,
        /** The source fails instead. */
        FAIL
    }

    private final String target;
    private final Plan plan;
    private final AtomicLongArray done = new AtomicLongArray(Fault.values().length);
    private final List<FaultyQueue> queues = new ArrayList<>();
    private boolean stalled;

    /** What a builder collected. */
    record Plan(
            InnerCapture inner,
            long seed,
            Map<Fault, Double> chances,
            Map<Long, List<Fault>> chosen,
            int reorderDistance,
            Duration stallTime,
            WeirException failure) {}

    private FaultyCapture(String target, Plan plan) {
        this.target = target;
        this.plan = plan;
        REGISTRY.add(target, this);
    }

    /** Around a capture, named as for a pipeline. */
    public static Builder around(String capture) {
        return around(capture, Map.of());
    }

    /** Around a capture with options given as they are, without escapes. */
    public static Builder around(String capture, Map<String, String> options) {
        return new Builder(Objects.requireNonNull(capture, "capture"), Map.copyOf(options));
    }

    /** What a pipeline is opened with: {@code faulty:} and the name. */
    public String name() {
        return FaultyCaptureProvider.NAME + ":" + target;
    }

    /** How often a fault was done, all queues together; any thread. */
    public long count(Fault fault) {
        return done.get(fault.ordinal());
    }

    /**
     * Nothing arrives from now on, not even the end, until {@link #proceed()}. Any thread, also before it is opened.
     */
    public synchronized void stall() {
        stalled = true;
        queues.forEach(queue -> queue.stalled(true));
    }

    /** Ends what {@link #stall()} began. */
    public synchronized void proceed() {
        stalled = false;
        queues.forEach(queue -> queue.stalled(false));
    }

    /** Makes the name free. */
    @Override
    public void close() {
        REGISTRY.remove(target, this);
    }

    void count(Fault fault, int times) {
        done.addAndGet(fault.ordinal(), times);
    }

    synchronized CaptureSource open(CaptureRequest request) {
        CaptureSource inner = plan.inner().open(request);
        queues.clear();
        for (CaptureQueue queue : inner.queues()) {
            FaultyQueue faulty = new FaultyQueue(queue, inner.traits(), plan, this);
            faulty.stalled(stalled);
            queues.add(faulty);
        }
        return new Source(inner, List.copyOf(queues));
    }

    private record Source(CaptureSource inner, List<FaultyQueue> queues) implements CaptureSource {
        @Override
        public CaptureTraits traits() {
            return inner.traits();
        }

        @Override
        public List<String> explain() {
            List<String> lines = new ArrayList<>(inner.explain());
            lines.add("with injected faults");
            return lines;
        }

        @Override
        public void close() {
            queues.forEach(FaultyQueue::close);
            inner.close();
        }
    }

    /** Says what goes wrong. */
    public static final class Builder {
        private final String capture;
        private final Map<String, String> options;
        private final Map<Fault, Double> chances = new EnumMap<>(Fault.class);
        private final Map<Long, List<Fault>> chosen = new TreeMap<>();
        private String target;
        private ClassLoader loader;
        private long seed;
        private int reorderDistance = 1;
        private Duration stallTime = Duration.ofMillis(100);
        private WeirException failure = new WeirException("the capture fails because the test has it fail");

        private Builder(String capture, Map<String, String> options) {
            this.capture = capture;
            this.options = options;
        }

        /** The name after {@code faulty:}; the standard is one that is unique in the JVM. */
        public Builder named(String target) {
            this.target = Objects.requireNonNull(target, "target");
            return this;
        }

        /** Where the inner capture's provider is looked for; the standard is the context class loader. */
        public Builder classLoader(ClassLoader loader) {
            this.loader = loader;
            return this;
        }

        /** What chance depends on; the standard is 0. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Loses packets with this probability. */
        public Builder drop(double probability) {
            return chance(Fault.DROP, probability);
        }

        /** Loses the packet of this number. */
        public Builder dropAt(long packet) {
            return at(Fault.DROP, packet);
        }

        /** Doubles packets with this probability. */
        public Builder duplicate(double probability) {
            return chance(Fault.DUPLICATE, probability);
        }

        /** Doubles the packet of this number. */
        public Builder duplicateAt(long packet) {
            return at(Fault.DUPLICATE, packet);
        }

        /** Has packets overtaken by {@code distance} others with this probability; by fewer when no more come. */
        public Builder reorder(double probability, int distance) {
            reorderDistance = atLeastOne(distance);
            return chance(Fault.REORDER, probability);
        }

        /** Has the packet of this number overtaken by {@code distance} others; by fewer when no more come. */
        public Builder reorderAt(long packet, int distance) {
            reorderDistance = atLeastOne(distance);
            return at(Fault.REORDER, packet);
        }

        /** Flips a bit in packets with this probability. */
        public Builder corrupt(double probability) {
            return chance(Fault.CORRUPT, probability);
        }

        /** Flips a bit in the packet of this number. */
        public Builder corruptAt(long packet) {
            return at(Fault.CORRUPT, packet);
        }

        /** Lets nothing through for a time, of the machine's clock, before the packet of this number. */
        public Builder stallAt(long packet, Duration time) {
            stallTime = Objects.requireNonNull(time, "time");
            return at(Fault.STALL, packet);
        }

        /** Fails instead of giving the packet of this number; those after it are dropped. */
        public Builder failAt(long packet, WeirException cause) {
            failure = Objects.requireNonNull(cause, "cause");
            return at(Fault.FAIL, packet);
        }

        /**
         * Makes the capture; the inner one is opened with it.
         *
         * @throws IllegalStateException when there is one of this name
         */
        public FaultyCapture create() {
            return new FaultyCapture(
                    target != null ? target : REGISTRY.newName(),
                    new Plan(
                            new InnerCapture(capture, options, loader),
                            seed,
                            Map.copyOf(chances),
                            Map.copyOf(chosen),
                            reorderDistance,
                            stallTime,
                            failure));
        }

        private Builder chance(Fault fault, double probability) {
            if (!(probability >= 0 && probability <= 1)) {
                throw new IllegalArgumentException("a probability is 0 to 1, not " + probability);
            }
            chances.put(fault, probability);
            return this;
        }

        private Builder at(Fault fault, long packet) {
            if (packet < 1) {
                throw new IllegalArgumentException("packets are counted from 1, not " + packet);
            }
            chosen.computeIfAbsent(packet, any -> new ArrayList<>()).add(fault);
            return this;
        }

        private static int atLeastOne(int distance) {
            if (distance < 1) {
                throw new IllegalArgumentException("a distance is at least 1, not " + distance);
            }
            return distance;
        }
    }
}
