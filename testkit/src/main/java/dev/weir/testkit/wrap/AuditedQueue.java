package dev.weir.testkit.wrap;

import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.Slot;
import dev.weir.spi.Spin;
import dev.weir.testkit.wrap.SlotAudit.Kind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** One queue with an account of its slots. What is wrong is noted, and kept away from the inner queue. */
final class AuditedQueue implements CaptureQueue {
    private final CaptureQueue inner;
    private final CaptureTraits traits;
    private final SlotAudit audit;
    private final long openedNs = System.nanoTime();
    private final AtomicReference<Thread> inside = new AtomicReference<>();
    private final Map<Slot, Loan> loans = new IdentityHashMap<>();

    /** Slots that were released, for the message; they compare by identity, and go when nobody has them any more. */
    private final Map<Slot, Loan> released = new WeakHashMap<>();

    private Slot[] batch = new Slot[64];
    private long number;
    private volatile boolean closed;

    /** One packet that is out. */
    private static final class Loan {
        final long number;
        final Slot innerSlot;
        final ByteBuffer memory;
        final byte[] original;
        final int linkType;
        final int queue;
        final long receivedNs;
        final String receiver = Thread.currentThread().getName();
        Verdict verdict;
        boolean detached;

        Loan(long number, Slot innerSlot, ByteBuffer memory, long receivedNs) {
            this.number = number;
            this.innerSlot = innerSlot;
            this.memory = memory;
            this.original = memory.array().clone();
            this.linkType = innerSlot.linkType();
            this.queue = innerSlot.queue();
            this.receivedNs = receivedNs;
        }

        @Override
        public String toString() {
            Headers headers = new Headers();
            headers.decode(Bytes.of(original), linkType);
            return "packet " + number + " of queue " + queue + " (" + headers + ", received " + receivedNs / 1_000
                    + " µs after opening by " + receiver + ")";
        }
    }

    AuditedQueue(CaptureQueue inner, CaptureTraits traits, SlotAudit audit) {
        this.inner = inner;
        this.traits = traits;
        this.audit = audit;
    }

    /** Runs what belongs to the owner; a second thread inside at the same time is noted. */
    private <T> T owned(String what, T afterClose, Supplier<T> action) {
        if (closed) {
            audit.add(Kind.USED_AFTER_CLOSE, 0, what + " on queue " + index() + " after the capture was closed");
            return afterClose;
        }
        Thread me = Thread.currentThread();
        Thread other = inside.compareAndExchange(null, me);
        if (other != null) {
            audit.add(
                    Kind.CONCURRENT_USE,
                    0,
                    what + " on queue " + index() + " by " + me.getName() + " while " + other.getName()
                            + " was inside");
        }
        try {
            return action.get();
        } finally {
            inside.compareAndSet(me, null);
        }
    }

    @Override
    public int index() {
        return inner.index();
    }

    @Override
    public int receive(Slot[] slots, int limit) {
        return owned("receive", END, () -> {
            int most = Math.min(limit, slots.length);
            if (batch.length < most) {
                batch = new Slot[most];
            }
            int count = inner.receive(batch, most);
            for (int i = 0; i < count; i++) {
                slots[i] = lend(batch[i]);
            }
            audit.countLent(Math.max(count, 0));
            return count;
        });
    }

    private synchronized Slot lend(Slot innerSlot) {
        number++;
        ByteBuffer memory = SlotCopies.bytes(innerSlot);
        Slot slot = SlotCopies.fill(new Slot(index()), innerSlot, memory).handle(number);
        loans.put(slot, new Loan(number, innerSlot, memory, System.nanoTime() - openedNs));
        return slot;
    }

    @Override
    public Spin spin() {
        return inner.spin();
    }

    @Override
    public void await(long timeoutNs) {
        owned("await", null, () -> {
            inner.await(timeoutNs);
            return null;
        });
    }

    @Override
    public void wakeup() {
        if (!closed) {
            inner.wakeup(); // any thread may, also one that comes too late
        }
    }

    @Override
    public boolean verdict(Slot slot, Verdict verdict) {
        return owned("a verdict", false, () -> {
            Loan loan = loan(slot, "verdict " + verdict, Kind.VERDICT_AFTER_RELEASE);
            if (loan == null) {
                return false;
            }
            if (loan.verdict != null) {
                note(Kind.SECOND_VERDICT, loan, "got " + verdict + " after " + loan.verdict);
                return false;
            }
            loan.verdict = verdict;
            if (!traits.passive() && !traits.carriesOut().contains(verdict.kind())) {
                note(Kind.UNSUPPORTED_VERDICT, loan, "got " + verdict + ", which the capture cannot carry out");
            }
            checkMemory(loan);
            SlotCopies.handReplacement(slot, loan.innerSlot);
            return inner.verdict(loan.innerSlot, verdict);
        });
    }

    @Override
    public void detach(Slot slot) {
        owned("detach", null, () -> {
            Loan loan = loan(slot, "detach", Kind.SECOND_RELEASE);
            if (loan != null && !loan.detached) {
                checkMemory(loan);
                loan.detached = true;
                // the slot now reads its own copy; who kept a buffer of before reads poison
                poison(loan);
                loan.innerSlot.detach();
                inner.detach(loan.innerSlot);
            }
            return null;
        });
    }

    @Override
    public void release(Slot slot) {
        owned("a release", null, () -> {
            Loan loan = loan(slot, "release", Kind.SECOND_RELEASE);
            if (loan == null) {
                return null;
            }
            checkMemory(loan);
            if (loan.verdict == null && !traits.passive()) {
                note(Kind.RELEASE_WITHOUT_VERDICT, loan, "was released without a verdict");
                inner.verdict(loan.innerSlot, Verdict.ACCEPT);
            }
            synchronized (this) {
                loans.remove(slot);
                released.put(slot, loan);
            }
            slot.clear();
            poison(loan);
            inner.release(loan.innerSlot);
            return null;
        });
    }

    private synchronized Loan loan(Slot slot, String what, Kind whenReleased) {
        Loan loan = loans.get(slot);
        if (loan == null) {
            Loan before = released.get(slot);
            audit.add(
                    before != null ? whenReleased : Kind.FOREIGN_SLOT,
                    before != null ? before.number : 0,
                    before != null
                            ? before + ": " + what + " after its release"
                            : what + " for a slot that queue " + index() + " did not lend");
        }
        return loan;
    }

    private void checkMemory(Loan loan) {
        if (!loan.detached
                && !Arrays.equals(
                        loan.original, SlotCopies.bytes(loan.innerSlot).array())) {
            note(Kind.MEMORY_CHANGED, loan, "the backend changed its bytes while it was out");
        }
    }

    private static void poison(Loan loan) {
        Arrays.fill(loan.memory.array(), SlotAudit.POISON);
    }

    private void note(Kind kind, Loan loan, String what) {
        audit.add(kind, loan.number, loan + ": " + what);
    }

    @Override
    public void flush() {
        owned("flush", null, () -> {
            inner.flush();
            return null;
        });
    }

    @Override
    public void stopIntake() {
        owned("stopIntake", null, () -> {
            inner.stopIntake();
            return null;
        });
    }

    @Override
    public void refreshLosses() {
        owned("refreshLosses", null, () -> {
            inner.refreshLosses();
            return null;
        });
    }

    @Override
    public long lost(Loss loss) {
        return inner.lost(loss);
    }

    synchronized void close() {
        closed = true;
        for (Loan loan : loans.values()) {
            if (loan.verdict == null && !traits.passive()) {
                note(Kind.NO_VERDICT, loan, "had no verdict when the capture was closed");
            } else {
                note(Kind.NOT_RELEASED, loan, "was not released when the capture was closed");
            }
        }
    }
}
