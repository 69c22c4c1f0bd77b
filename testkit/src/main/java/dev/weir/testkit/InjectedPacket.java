package dev.weir.testkit;

import dev.weir.PacketOrigin;
import dev.weir.Verdict;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** A packet that a test put into a {@link MemoryCapture}, and what became of it. All methods from any thread. */
public final class InjectedPacket {
    /** Where a packet stands. */
    public enum Fate {
        /** In the capture's queue, not received yet. */
        QUEUED,
        /** Received, not decided yet. */
        RECEIVED,
        /** A verdict has been carried out. */
        DECIDED,
        /** The queue was full. */
        LOST,
        /** The capture's filter did not let it through. */
        FILTERED_OUT,
        /** It came when the capture took no new packets any more, or was still queued when it was closed. */
        NOT_CAPTURED,
        /** Received, and never decided: the capture was closed. */
        UNDECIDED
    }

    final byte[] frame;
    final ByteBuffer memory;
    final int wireLength;
    final int linkType;
    final long timestampNs;
    final int interfaceIndex;
    final PacketOrigin origin;
    final int mark;
    final boolean checksumsComplete;
    final boolean refusesVerdict;
    final long number;
    final int queue;

    private Fate fate = Fate.QUEUED;
    private Verdict verdict;
    private byte[] replacement;
    private boolean released;

    InjectedPacket(MemoryCapture.Injection from, long number, int queue, long timestampNs) {
        this.frame = from.frame;
        this.memory = ByteBuffer.wrap(from.frame);
        this.wireLength = from.wireLength;
        this.linkType = from.linkType;
        this.timestampNs = timestampNs;
        this.interfaceIndex = from.interfaceIndex;
        this.origin = from.origin;
        this.mark = from.mark;
        this.checksumsComplete = from.checksumsComplete;
        this.refusesVerdict = from.refusesVerdict;
        this.number = number;
        this.queue = queue;
    }

    /** Which packet of its capture it is, from 1. */
    public long number() {
        return number;
    }

    /** The capture queue it was put into. */
    public int queue() {
        return queue;
    }

    /** Where it stands now. */
    public synchronized Fate fate() {
        return fate;
    }

    /** The verdict that was carried out; null before. */
    public synchronized Verdict verdict() {
        return verdict;
    }

    /** True when the pipeline has given its memory back. */
    public synchronized boolean isReleased() {
        return released;
    }

    /**
     * Waits for the verdict that is carried out. A passive capture carries none out: its packets always pass, with the
     * verdict that the pipeline named, or {@link Verdict#ACCEPT} when it gave them back without a word.
     *
     * @throws AssertionError when there is none within the time, or when there will be none: the message says why
     */
    public Verdict await(Duration timeout) {
        awaitUntil(timeout, () -> fate != Fate.QUEUED && fate != Fate.RECEIVED);
        synchronized (this) {
            if (fate != Fate.DECIDED) {
                throw new AssertionError(this + ": no verdict"
                        + (fate == Fate.QUEUED || fate == Fate.RECEIVED ? " within " + timeout : " any more"));
            }
            return verdict;
        }
    }

    /**
     * Waits until the pipeline has given the packet's memory back.
     *
     * @throws AssertionError when it has not within the time
     */
    public void awaitReleased(Duration timeout) {
        awaitUntil(timeout, () -> released);
        synchronized (this) {
            if (!released) {
                throw new AssertionError(this + ": not released within " + timeout);
            }
        }
    }

    /**
     * The bytes that go on their way: those injected, those of the replacement, or null when the packet was dropped,
     * rejected or not decided.
     */
    public synchronized byte[] output() {
        if (fate != Fate.DECIDED) {
            return null;
        }
        return switch (verdict.kind()) {
            case DROP, REJECT -> null;
            case REPLACE -> replacement.clone();
            default -> frame.clone();
        };
    }

    synchronized void fate(Fate next) {
        fate = next;
        notifyAll();
    }

    synchronized void decided(Verdict carriedOut, ByteBuffer changed) {
        if (carriedOut.kind() == Verdict.Kind.REPLACE) {
            if (changed == null) {
                throw new IllegalStateException(this + ": a verdict to replace without changed bytes");
            }
            replacement = new byte[changed.limit()];
            changed.get(0, replacement);
        }
        verdict = carriedOut;
        fate(Fate.DECIDED);
    }

    synchronized void released() {
        released = true;
        notifyAll();
    }

    private synchronized void awaitUntil(Duration timeout, BooleanSupplier condition) {
        long end = System.nanoTime() + timeout.toNanos();
        boolean interrupted = false;
        while (!condition.getAsBoolean()) {
            long leftMs = (end - System.nanoTime() + 999_999) / 1_000_000;
            if (leftMs <= 0) {
                break;
            }
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized String toString() {
        return "packet " + number + " (" + frame.length + " bytes, queue " + queue + ", "
                + (fate == Fate.DECIDED ? verdict : fate) + ")";
    }
}
