package dev.weir.engine;

import dev.weir.Attribution;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.FlowState;
import dev.weir.Resumption;
import dev.weir.SocketOwner;
import dev.weir.Verdict;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * One flow in the table of a shard. Written by the shard's thread, except for the attribution. It is its own tuple, so
 * that finding it touches one object.
 */
final class FlowEntry extends Tuple implements Flow {
    private static final int TCP_FIN = 0x01;
    private static final int TCP_RST = 0x04;
    private static final int TCP_ACK = 0x10;

    private static final VarHandle PACKETS_FORWARD = longField("packetsForward");
    private static final VarHandle PACKETS_REVERSE = longField("packetsReverse");
    private static final VarHandle BYTES_FORWARD = longField("bytesForward");
    private static final VarHandle BYTES_REVERSE = longField("bytesReverse");
    private static final VarHandle LAST_SEEN = longField("lastSeenNs");

    private static VarHandle longField(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(FlowEntry.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** True when the forward direction goes from the tuple's higher end. */
    final boolean forwardFromHigh;

    private final FlowShard shard;
    private final long id;
    private final FlowKey key;

    /** Set before others see the flow, but for the one of all that is not IP: that is there before its first packet. */
    private volatile long firstSeenNs;

    // Through VarHandles, opaque: other threads may read them at any time and see whole values.
    private long packetsForward;
    private long packetsReverse;
    private long bytesForward;
    private long bytesReverse;
    private long lastSeenNs;

    private volatile int flagsForward;
    private volatile int flagsReverse;

    /** The shard's time of the latest packet: what idleness is counted from. */
    long activeNs;

    /** The shard's time when TCP ended, or 0. */
    long closedNs;

    /** The connection that wants these ports after this one; null for none. */
    Reopening reopening;

    /** True as long as this is such a connection: not in the table. */
    boolean waits;

    private volatile Verdict verdict;
    private volatile Attribution attribution = Attribution.PENDING;
    private volatile Resumption resumption;

    /** Set when the correlation thread knows the flow and wants to hear of its end. */
    volatile boolean asked;

    volatile boolean ended;

    /** Set when the kernel carries out the flow's verdict, at least for a while. */
    volatile boolean inKernel;

    /** Set when the correlators have been asked for the first time; for the correlation thread. */
    boolean questioned;

    // ---- held packets, oldest first
    InFlight oldestHeld;
    InFlight youngestHeld;
    volatile int heldCount;

    private Object[] states = NO_STATES;
    private static final Object[] NO_STATES = {};

    FlowEntry(FlowShard shard, long id, Tuple tuple, boolean forwardFromHigh, long firstSeenNs) {
        this.shard = shard;
        this.id = id;
        copyFrom(tuple);
        this.forwardFromHigh = forwardFromHigh;
        this.key = tuple.isIp() ? tuple.key(forwardFromHigh) : FlowKey.NOT_IP;
        this.firstSeenNs = firstSeenNs;
        this.lastSeenNs = firstSeenNs;
    }

    /** The first packet of a flow that was made before it. */
    void firstSeen(long timestampNs) {
        firstSeenNs = timestampNs;
    }

    /** Counts a packet. */
    void count(Direction direction, int wireLength, long timestampNs, int flags) {
        if (direction == Direction.FORWARD) {
            PACKETS_FORWARD.setOpaque(this, packetsForward + 1);
            BYTES_FORWARD.setOpaque(this, bytesForward + wireLength);
        } else {
            PACKETS_REVERSE.setOpaque(this, packetsReverse + 1);
            BYTES_REVERSE.setOpaque(this, bytesReverse + wireLength);
        }
        if (timestampNs > lastSeenNs) {
            LAST_SEEN.setOpaque(this, timestampNs);
        }
        if (flags != 0) {
            countFlags(direction, flags);
        }
    }

    private void countFlags(Direction direction, int flags) {
        // A volatile write costs a fence: only when a flag is new.
        if (direction == Direction.FORWARD) {
            int all = flagsForward;
            if ((all | flags) != all) {
                flagsForward = all | flags;
            }
        } else {
            int all = flagsReverse;
            if ((all | flags) != all) {
                flagsReverse = all | flags;
            }
        }
    }

    /** True when both sides of a TCP connection have said their last, or one has reset it. */
    boolean tcpEnded() {
        int forward = flagsForward;
        int reverse = flagsReverse;
        return (forward & reverse & TCP_FIN) != 0 || ((forward | reverse) & TCP_RST) != 0;
    }

    /**
     * True when one side alone may have made the end up: with a RST, in a connection that both sides had opened, that the
     * other never got or did not take. See {@link Reopening}.
     */
    boolean endMayBeForged() {
        int forward = flagsForward;
        boolean finished = (forward & flagsReverse & TCP_FIN) != 0;
        return !finished && (forward & TCP_ACK) != 0 && packetsReverse != 0;
    }

    void decideFlow(Verdict verdict) {
        this.verdict = verdict;
    }

    FlowShard shard() {
        return shard;
    }

    /** Takes an answer of a correlator; any thread. Returns false when it contradicts one that is as sure. */
    synchronized boolean attribute(Attribution answer) {
        Attribution known = attribution;
        int surer = answer.certainty().compareTo(known.certainty());
        if (surer < 0) {
            return true;
        }
        boolean agrees = agrees(known.initiator(), answer.initiator()) && agrees(known.responder(), answer.responder());
        if (surer > 0 || agrees) {
            attribution = answer; // of two that agree the later one: it knows what has been found since
            return true;
        }
        return false;
    }

    /** True when an answer takes nothing back: the same socket, and the same process if one was known. */
    private static boolean agrees(SocketOwner known, SocketOwner answer) {
        if (known == null) {
            return true;
        }
        return answer != null
                && known.cookie() == answer.cookie()
                && known.inode() == answer.inode()
                && (known.pid() == 0 || known.pid() == answer.pid());
    }

    /** Releases all states. */
    void release() {
        Object[] all = states;
        states = NO_STATES;
        for (int i = 0; i < all.length; i += 2) {
            if (all[i] != null) {
                releaseState(all[i], all[i + 1]);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private void releaseState(Object key, Object state) {
        try {
            ((FlowState<Object>) key).release(state);
        } catch (Throwable t) {
            shard.errors().report("releasing the state " + key, t);
        }
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public FlowKey key() {
        return key;
    }

    @Override
    public long packets(Direction direction) {
        return (long) (direction == Direction.FORWARD ? PACKETS_FORWARD : PACKETS_REVERSE).getOpaque(this);
    }

    @Override
    public long bytes(Direction direction) {
        return (long) (direction == Direction.FORWARD ? BYTES_FORWARD : BYTES_REVERSE).getOpaque(this);
    }

    @Override
    public long firstSeenNs() {
        return firstSeenNs;
    }

    @Override
    public long lastSeenNs() {
        return (long) LAST_SEEN.getOpaque(this);
    }

    @Override
    public int tcpFlags(Direction direction) {
        return direction == Direction.FORWARD ? flagsForward : flagsReverse;
    }

    @Override
    @SuppressWarnings("unchecked") // put() stores a T under a FlowState<T>
    public <T> T get(FlowState<T> key) {
        Object[] all = states;
        for (int i = 0; i < all.length; i += 2) {
            if (all[i] == key) {
                return (T) all[i + 1];
            }
        }
        return null;
    }

    @Override
    public <T> void put(FlowState<T> key, T state) {
        java.util.Objects.requireNonNull(key, "key");
        int free = -1;
        for (int i = 0; i < states.length; i += 2) {
            if (states[i] == key) {
                Object before = states[i + 1];
                if (before == state) {
                    return;
                }
                states[i] = state == null ? null : key;
                states[i + 1] = state;
                releaseState(key, before);
                return;
            }
            if (states[i] == null) {
                free = i;
            }
        }
        if (state == null) {
            return;
        }
        if (free < 0) {
            free = states.length;
            states = Arrays.copyOf(states, states.length + 4);
        }
        states[free] = key;
        states[free + 1] = state;
    }

    @Override
    public Verdict verdict() {
        return verdict;
    }

    @Override
    public Attribution attribution() {
        return attribution;
    }

    @Override
    public Resumption resumption() {
        Resumption made = resumption;
        if (made == null) {
            made = new FlowResumption(this);
            resumption = made;
        }
        return made;
    }

    @Override
    public String toString() {
        return key.toString();
    }
}
