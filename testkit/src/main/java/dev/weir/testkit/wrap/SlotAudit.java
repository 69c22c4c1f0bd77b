package dev.weir.testkit.wrap;

import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.internal.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Goes around a capture and keeps account of every packet it lends out: one verdict, one release, in that order, none
 * after the end, by one thread at a time.
 *
 * <pre>{@code
 * try (SlotAudit audit = SlotAudit.around(memory.name())) {
 *     try (Pipeline pipeline = Pipeline.from(audit.name()).classify(mine).open()) {
 *         …
 *     }
 * } // throws when something was wrong, and says which packet it was
 * }</pre>
 *
 * <p><b>Who keeps a packet too long.</b> Every packet is lent in a slot and in memory of its own, used for this packet
 * only. When it is released, its memory is overwritten with {@code 0xDB}: a classifier that kept a reference sees an
 * index error, or these bytes in a buffer that it took from the packet, and never another packet. Memory of the backend
 * that changes while its packet is out is noticed as well.
 *
 * <p>Costs an allocation and a copy per packet. Any thread.
 */
public final class SlotAudit implements AutoCloseable {
    /** What released memory is overwritten with. */
    public static final byte POISON = (byte) 0xdb;

    static final Registry<SlotAudit> REGISTRY = new Registry<>("slot audit", "SlotAudit.around(…, \"%s\")");

    private static final int TOLD_MAX = 20;

    /** What can be wrong. */
    public enum Kind {
        SECOND_VERDICT,
        VERDICT_AFTER_RELEASE,
        /** A verdict of a kind that the capture does not carry out. */
        UNSUPPORTED_VERDICT,
        RELEASE_WITHOUT_VERDICT,
        SECOND_RELEASE,
        /** A slot that this capture did not lend. */
        FOREIGN_SLOT,
        /** Two threads in one queue at once. */
        CONCURRENT_USE,
        /** A queue was used after its capture was closed. */
        USED_AFTER_CLOSE,
        /** The capture was closed before the packet had a verdict. */
        NO_VERDICT,
        /** The capture was closed before the packet was released. */
        NOT_RELEASED,
        /** The backend changed the bytes of a packet that was out. */
        MEMORY_CHANGED,
        /** The capture was closed twice. */
        CLOSED_TWICE
    }

    /**
     * Something that was wrong.
     *
     * @param kind what
     * @param packet the packet's number in its queue, from 1; 0 when it is not about one
     * @param message which packet, when it was received, and by whom
     */
    public record Violation(Kind kind, long packet, String message) {
        @Override
        public String toString() {
            return kind + ": " + message;
        }
    }

    private final String target;
    private final InnerCapture inner;
    private final List<Violation> violations = new ArrayList<>();
    private long lent;

    private SlotAudit(String target, InnerCapture inner) {
        this.target = target;
        this.inner = inner;
        REGISTRY.add(target, this);
    }

    /** Around a capture, named as for a pipeline, under a name of its own. */
    public static SlotAudit around(String capture) {
        return around(capture, Map.of(), null);
    }

    /**
     * Around a capture.
     *
     * @param options given as they are, without escapes
     * @param loader where the inner capture's provider is looked for; null for the context class loader
     */
    public static SlotAudit around(String capture, Map<String, String> options, ClassLoader loader) {
        return new SlotAudit(
                REGISTRY.newName(),
                new InnerCapture(Objects.requireNonNull(capture, "capture"), Map.copyOf(options), loader));
    }

    /** What a pipeline is opened with: {@code audited:} and a name. */
    public String name() {
        return SlotAuditProvider.NAME + ":" + target;
    }

    /** What was wrong so far. */
    public synchronized List<Violation> violations() {
        return List.copyOf(violations);
    }

    /** How many packets were lent out. */
    public synchronized long lent() {
        return lent;
    }

    /**
     * Checks the account.
     *
     * @throws AssertionError when something was wrong, with what, and with which packets
     */
    public synchronized void assertClean() {
        if (!violations.isEmpty()) {
            String first =
                    violations.stream().limit(TOLD_MAX).map(Violation::toString).collect(Collectors.joining("\n  "));
            int more = violations.size() - TOLD_MAX;
            throw new AssertionError("the slots of " + inner.name() + " were not used as they must:\n  " + first
                    + (more > 0 ? "\n  and " + more + " more" : ""));
        }
    }

    /** Makes the name free, then {@link #assertClean()}. Close the pipeline first. */
    @Override
    public void close() {
        REGISTRY.remove(target, this);
        assertClean();
    }

    synchronized void add(Kind kind, long packet, String message) {
        violations.add(new Violation(kind, packet, message));
    }

    synchronized void countLent(int packets) {
        lent += packets;
    }

    CaptureSource open(CaptureRequest request) {
        return new Source(inner.open(request));
    }

    private final class Source implements CaptureSource {
        private final CaptureSource source;
        private final List<AuditedQueue> queues = new ArrayList<>();
        private boolean closed;

        Source(CaptureSource source) {
            this.source = source;
            for (CaptureQueue queue : source.queues()) {
                queues.add(new AuditedQueue(queue, source.traits(), SlotAudit.this));
            }
        }

        @Override
        public CaptureTraits traits() {
            return source.traits();
        }

        @Override
        public List<? extends CaptureQueue> queues() {
            return queues;
        }

        @Override
        public List<String> explain() {
            List<String> lines = new ArrayList<>(source.explain());
            lines.add("with an account of every packet");
            return lines;
        }

        @Override
        public void close() {
            if (closed) {
                add(Kind.CLOSED_TWICE, 0, "the capture was closed a second time");
                return;
            }
            closed = true;
            queues.forEach(AuditedQueue::close);
            source.close();
        }
    }
}
