package dev.weir;

import java.util.Objects;

/**
 * What becomes of a packet. Verdicts are immutable and are made once (the constants here, or with a {@link Reason} when
 * a rule is loaded), never per packet: giving one costs nothing.
 *
 * <p>A verdict for the {@link Scope#FLOW} decides this packet and all later packets of the flow, both directions;
 * classifiers do not see these any more. It outlives the idle eviction of the flow (see {@link FlowLimits}). For a packet
 * that is not IP, and so belongs to no conversation, it decides that packet alone.
 *
 * <p>Which verdicts can be carried out depends on the capture ({@link Capture#carriesOut()}). What a backend cannot do
 * falls back to the nearest it can: {@link Reject} to a drop, {@link Mark} to an acceptance, each counted in the
 * {@link Ledger} as unsupported; {@link Replace} to a drop where it says so, else it is treated as an error of the
 * classifier.
 */
public sealed interface Verdict {
    /** No opinion: ask the next classifier. The default verdict of the pipeline applies when none has one. */
    Verdict CONTINUE = new Continue();

    /** Let this packet pass. */
    Verdict ACCEPT = new Accept(Scope.PACKET, Reason.NONE);

    /** Discard this packet; its sender is told nothing. */
    Verdict DROP = new Drop(Scope.PACKET, Reason.NONE);

    /** Let this packet and the rest of its flow pass. */
    Verdict ACCEPT_FLOW = new Accept(Scope.FLOW, Reason.NONE);

    /** Discard this packet and the rest of its flow. */
    Verdict DROP_FLOW = new Drop(Scope.FLOW, Reason.NONE);

    /** Let the packet pass with the bytes that the classifier wrote through {@link Packet#replace(int)}. */
    Verdict REPLACE = new Replace(Reason.NONE, false);

    /** As {@link #REPLACE}; where the capture cannot replace packets, this one is dropped. */
    Verdict REPLACE_ELSE_DROP = new Replace(Reason.NONE, true);

    /** Discard this packet and tell its sender: TCP gets a reset, others ICMP "administratively prohibited". */
    Verdict REJECT = new Reject(Scope.PACKET, Reason.NONE);

    /**
     * Keep the packet until the classifier that says so decides. It decides with a later packet of the flow, when it is
     * asked again ({@link Resumption#reconsider()}, or an answer of the correlator), or with
     * {@link Resumption#decide(Verdict)}; its decision then holds for every packet of the flow that it keeps, in the
     * order of arrival. Packets that the flow's held packets must not be overtaken by wait behind them. What is held
     * counts against the in-flight bounds and the deadline. Where the bounds are full of packets that wait for later
     * ones and {@link OverloadPolicy#STOP_READING} applies, those never come: a classifier that holds wants a deadline,
     * or a policy that fails open or closed.
     */
    Verdict HOLD = new Hold();

    /** How far a verdict reaches. */
    enum Scope {
        /** This packet alone. */
        PACKET,
        /** This packet and all later ones of its flow. */
        FLOW
    }

    /** The kinds, for tables and for declaring what a capture can carry out. */
    enum Kind {
        CONTINUE,
        ACCEPT,
        DROP,
        REPLACE,
        REJECT,
        MARK,
        HOLD
    }

    /** See {@link #CONTINUE}. */
    record Continue() implements Verdict {
        @Override
        public Kind kind() {
            return Kind.CONTINUE;
        }
    }

    /** See {@link #ACCEPT}. */
    record Accept(Scope scope, Reason reason) implements Verdict {
        @Override
        public Kind kind() {
            return Kind.ACCEPT;
        }
    }

    /** See {@link #DROP}. */
    record Drop(Scope scope, Reason reason) implements Verdict {
        @Override
        public Kind kind() {
            return Kind.DROP;
        }
    }

    /**
     * See {@link #REPLACE}.
     *
     * @param elseDrop whether the packet is dropped where the capture cannot replace it
     */
    record Replace(Reason reason, boolean elseDrop) implements Verdict {
        @Override
        public Kind kind() {
            return Kind.REPLACE;
        }
    }

    /** See {@link #REJECT}. */
    record Reject(Scope scope, Reason reason) implements Verdict {
        @Override
        public Kind kind() {
            return Kind.REJECT;
        }
    }

    /**
     * Let the packet pass with a mark set on it: {@code new = (old & ~mask) | (mark & mask)}, as {@code iptables
     * --set-xmark} users know it.
     */
    record Mark(int mark, int mask, Scope scope, Reason reason) implements Verdict {
        @Override
        public Kind kind() {
            return Kind.MARK;
        }
    }

    /** See {@link #HOLD}. */
    record Hold() implements Verdict {
        @Override
        public Kind kind() {
            return Kind.HOLD;
        }
    }

    /** Which of the verdicts this is. */
    Kind kind();

    /** How far it reaches; {@link Scope#PACKET} where the kind has no scope. */
    default Scope scope() {
        return Scope.PACKET;
    }

    /** Why it was given; {@link Reason#NONE} when nobody said. */
    default Reason reason() {
        return Reason.NONE;
    }

    /** True for a verdict that ends a packet's way: all but {@link #CONTINUE} and {@link #HOLD}. */
    default boolean decides() {
        Kind kind = kind();
        return kind != Kind.CONTINUE && kind != Kind.HOLD;
    }

    /** An acceptance that carries the mark {@code mark} in all 32 bits. */
    static Verdict mark(int mark) {
        return new Mark(mark, -1, Scope.PACKET, Reason.NONE);
    }

    /**
     * The same verdict with a reason. Allocates: call it when a rule is loaded, not per packet.
     *
     * @throws IllegalStateException for {@link #CONTINUE} and {@link #HOLD}, which decide nothing
     */
    default Verdict because(Reason reason) {
        Objects.requireNonNull(reason, "reason");
        if (this instanceof Accept accept) {
            return new Accept(accept.scope, reason);
        } else if (this instanceof Drop drop) {
            return new Drop(drop.scope, reason);
        } else if (this instanceof Replace replace) {
            return new Replace(reason, replace.elseDrop);
        } else if (this instanceof Reject reject) {
            return new Reject(reject.scope, reason);
        } else if (this instanceof Mark mark) {
            return new Mark(mark.mark, mark.mask, mark.scope, reason);
        }
        throw new IllegalStateException(kind() + " decides nothing and has no reason");
    }

    /** Short for {@link #because(Reason)}. */
    default Verdict because(String classifier, String rule) {
        return because(new Reason(classifier, rule));
    }

    /**
     * The same verdict for the rest of the flow. Allocates: call it when a rule is loaded, not per packet.
     *
     * @throws IllegalStateException where the kind cannot speak for a flow
     */
    default Verdict forFlow() {
        if (this instanceof Accept accept) {
            return new Accept(Scope.FLOW, accept.reason);
        } else if (this instanceof Drop drop) {
            return new Drop(Scope.FLOW, drop.reason);
        } else if (this instanceof Reject reject) {
            return new Reject(Scope.FLOW, reject.reason);
        } else if (this instanceof Mark mark) {
            return new Mark(mark.mark, mark.mask, Scope.FLOW, mark.reason);
        }
        throw new IllegalStateException(kind() + " cannot be given to a whole flow");
    }
}
