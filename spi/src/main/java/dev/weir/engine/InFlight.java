package dev.weir.engine;

import dev.weir.Ledger.Cause;
import dev.weir.Verdict;
import dev.weir.spi.Slot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What the engine knows about a packet that is handed to a worker or held; stays with its {@link Slot} and is used again
 * with it. What its own thread decides at once goes without.
 *
 * <p>Fields are written by whoever has the packet at the time: the queue's owner, then the worker, then the owner again;
 * the rings between them order these writes. Only the claim is contended.
 */
final class InFlight {
    private static final VarHandle CLAIM;

    static {
        try {
            CLAIM = MethodHandles.lookup().findVarHandle(InFlight.class, "claim", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Slot slot;
    final QueueAgent owner;

    /** Twice the generation while undecided, one more when claimed: an answer to an earlier use can claim nothing. */
    @SuppressWarnings("unused") // through CLAIM
    private volatile int claim = 1;

    /** The generation that the present holder may claim; changes only while nobody else has the packet. */
    int generation;

    final Tuple tuple = new Tuple();

    /** Captured bytes, for the bound; the slot's own length may be gone when it is given back. */
    int lengthBytes;

    long receivedNs;

    // ---- judged by the shard
    FlowEntry flow;
    Verdict verdict;
    Cause cause;

    /** The classifier that holds the packet, while it is held undecided; then the one that decided. */
    int waitingAt;

    /** The next younger packet held in the same flow. */
    InFlight nextHeld;

    /** Neighbours among all packets that the shard holds. */
    InFlight heldBefore;

    InFlight heldAfter;
    boolean isHeld;

    /** True when the owner had decided (deadline, stop) before the shard did. */
    boolean decidedByOwner;

    // ---- kept by the owner
    /** What was carried out; null for nothing yet. */
    Verdict.Kind carriedOut;

    boolean memoryReturned;
    InFlight older;
    InFlight newer;
    boolean listed;

    private InFlight(Slot slot, QueueAgent owner) {
        this.slot = slot;
        this.owner = owner;
    }

    /** What stays with a slot; made when first asked for. For the owner. */
    static InFlight of(Slot slot, QueueAgent owner) {
        InFlight packet = (InFlight) slot.attachment();
        if (packet == null) {
            packet = new InFlight(slot, owner);
            slot.attachment(packet);
        }
        return packet;
    }

    /** Opens a new generation. For the owner, before anybody else gets the packet. */
    void begin(long nowNs) {
        generation = (generation + 1) & 0x3fff_ffff;
        receivedNs = nowNs;
        lengthBytes = slot.capturedLength();
        decidedByOwner = false;
        carriedOut = null;
        memoryReturned = false;
        // Release: who sees this generation as open sees the fields of this generation.
        CLAIM.setRelease(this, generation * 2);
    }

    /** Takes the right to decide; exactly one caller of a generation gets it. Any thread. */
    boolean claim(int generation) {
        return CLAIM.compareAndSet(this, generation * 2, generation * 2 + 1);
    }

    /** True when somebody has decided this generation. Any thread. */
    boolean isClaimed(int generation) {
        return (int) CLAIM.getAcquire(this) != generation * 2;
    }
}
