package dev.weir.classify.rules;

import dev.weir.Direction;
import dev.weir.classify.regex.RegexScan;
import dev.weir.packet.http.HttpConnectionReader;
import java.util.Arrays;

/**
 * What is known of one flow's content: which conditions hold, and which may still come to hold. Belongs to the flow, is used
 * on its thread. About 400 bytes, more with many rules.
 */
final class FlowContent {
    /** What is known of one direction. */
    static final class Half {
        /** By rule: what it says of the headers holds for packets of this direction. */
        private long[] candidates;

        private boolean candidatesKnown;

        /** By condition: it holds. */
        private long[] facts;

        /** Of these, what a hello within QUIC said, which holds for all datagrams after it; null before. */
        private long[] helloFacts;

        /** The first rule that holds by these alone. */
        private int helloHolding;

        /** Kinds of content that may still bring something. */
        private int openKinds;

        /** Of these, kinds of which all is known for the message at hand; another message may come. */
        private int decidedKinds;

        /** The first rule that holds by the facts. */
        private int holding;

        /** The first rule that held at any time since the packet at hand came. */
        private int heldNow;

        /** Bytes of the stream that expressions have read; what is shown next may begin before that. */
        long payloadRead;

        /** The same of bytes that are no TLS. */
        long tlsRead;

        /** The same of HTTP. */
        long httpRead;

        RegexScan payload;

        boolean isOpen(ContentKind kind) {
            return (openKinds & kind.bit()) != 0;
        }

        boolean isOver() {
            return openKinds == 0;
        }
    }

    private final Half forward = new Half();
    private final Half reverse = new Half();
    private final HttpConnectionReader http = new HttpConnectionReader();
    private ContentRules rules;
    private int firstPossible;
    private int firstOpenAccepting;
    private boolean quic;

    ContentRules rules() {
        return rules;
    }

    HttpConnectionReader http() {
        return http;
    }

    Half half(Direction direction) {
        return direction == Direction.FORWARD ? forward : reverse;
    }

    /** Begins, or begins anew with other rules: where the conversation stands is kept, what was found is forgotten. */
    void begin(ContentRules rules, int openKinds) {
        boolean first = this.rules == null;
        this.rules = rules;
        begin(forward, first ? openKinds : forward.openKinds & openKinds);
        begin(reverse, first ? openKinds : reverse.openKinds & openKinds);
        update();
    }

    private void begin(Half half, int openKinds) {
        half.candidates = new long[words(rules.count())];
        half.candidatesKnown = false;
        half.facts = new long[words(rules.conditionCount())];
        half.helloFacts = null;
        half.openKinds = openKinds;
        half.decidedKinds = 0;
        half.holding = HeaderIndex.NONE;
        half.heldNow = HeaderIndex.NONE;
        Expressions expressions = rules.expressions(ConditionType.PAYLOAD_REGEX);
        half.payload = expressions == null ? null : expressions.scan();
    }

    private static int words(int bits) {
        return (bits + 63) / 64;
    }

    private static boolean isSet(long[] bits, int number) {
        return (bits[number >>> 6] & 1L << number) != 0;
    }

    /** True when a datagram of QUIC has come. */
    boolean isQuic() {
        return quic;
    }

    /** What was said before, if anything, was no hello; now one may be said. */
    void speaksQuic() {
        if (!quic) {
            quic = true;
            beginMessage(forward, ContentKind.TLS);
            beginMessage(reverse, ContentKind.TLS);
        }
    }

    /** A packet has come; null where the candidates are known: they are the same for all packets of a direction. */
    long[] packet(Half half) {
        half.heldNow = HeaderIndex.NONE;
        return half.candidatesKnown ? null : half.candidates;
    }

    void candidatesKnown(Half half) {
        half.candidatesKnown = true;
        update();
    }

    /** A kind of content has nothing more to say in a direction. */
    void close(Half half, ContentKind kind) {
        if (half.isOpen(kind)) {
            half.openKinds &= ~kind.bit();
            update();
        }
    }

    /** As {@link #close}; what the side that opened the conversation does not speak, the other does not either. */
    void closeAs(Direction direction, ContentKind kind) {
        close(half(direction), kind);
        if (direction == Direction.FORWARD) {
            close(reverse, kind);
        }
    }

    /** A new message of a kind begins: what held for the one before is no more. */
    void beginMessage(Half half, ContentKind kind) {
        if ((half.decidedKinds & kind.bit()) != 0) {
            half.decidedKinds &= ~kind.bit();
            for (int condition = 0; condition < rules.conditionCount(); condition++) {
                if (rules.kindOf(condition) == kind) {
                    half.facts[condition >>> 6] &= ~(1L << condition);
                }
            }
            half.holding = HeaderIndex.NONE;
            for (int rule = rules.count() - 1; rule >= 0; rule--) {
                half.holding = holds(half, rule) ? rules.position(rule) : half.holding;
            }
            update();
        }
    }

    /** All is known of a message. */
    void endMessage(Half half, ContentKind kind) {
        if ((half.decidedKinds & kind.bit()) == 0) {
            half.decidedKinds |= kind.bit();
            update();
        }
    }

    /** As {@link #endMessage}; before the side that opened the conversation speaks of a kind, the other does not either. */
    void endMessageAs(Direction direction, ContentKind kind) {
        endMessage(half(direction), kind);
        if (direction == Direction.FORWARD) {
            endMessage(reverse, kind);
        }
    }

    /** Another datagram: nothing holds but what the hello said. */
    void forget(Half half) {
        if (half.helloFacts == null) {
            Arrays.fill(half.facts, 0);
            half.holding = HeaderIndex.NONE;
        } else {
            System.arraycopy(half.helloFacts, 0, half.facts, 0, half.facts.length);
            half.holding = half.helloHolding;
        }
    }

    /** What holds now was said by a hello within QUIC, and is not forgotten. */
    void keepHello(Half half) {
        half.helloFacts = half.facts.clone();
        half.helloHolding = half.holding;
    }

    /** True when the rule at a position holds by a hello within QUIC alone. */
    boolean isByHello(Half half, int position) {
        return half.helloFacts != null && half.helloHolding == position;
    }

    /** A condition holds. */
    void holds(Half half, ContentRules of, int condition) {
        half.facts[condition >>> 6] |= 1L << condition;
        for (int rule : of.rulesOf(condition)) {
            if (holds(half, rule)) {
                half.holding = Math.min(half.holding, of.position(rule));
                half.heldNow = Math.min(half.heldNow, half.holding);
            }
        }
    }

    private boolean holds(Half half, int rule) {
        if (!isSet(half.candidates, rule)) {
            return false;
        }
        for (int condition : rules.conditionsOf(rule)) {
            if (!isSet(half.facts, condition)) {
                return false;
            }
        }
        return true;
    }

    /** The position of the first rule about content that holds for the packet at hand. */
    int first(Half half) {
        return Math.min(half.holding, half.heldNow);
    }

    /** Works out which rules may still come to hold, after something about that has changed. */
    private void update() {
        firstPossible = HeaderIndex.NONE;
        firstOpenAccepting = HeaderIndex.NONE;
        for (int rule = rules.count() - 1; rule >= 0; rule--) {
            if (isPossible(forward, rule, 0) || isPossible(reverse, rule, 0)) {
                firstPossible = rules.position(rule);
                boolean open = isPossible(forward, rule, forward.decidedKinds)
                        || isPossible(reverse, rule, reverse.decidedKinds);
                firstOpenAccepting = open && rules.accepts(rule) ? firstPossible : firstOpenAccepting;
            }
        }
    }

    /** True when what is missing for a rule may still come, of kinds that are not decided; in a direction not seen, all may. */
    private boolean isPossible(Half half, int rule, int decidedKinds) {
        if (half.candidatesKnown && !isSet(half.candidates, rule)) {
            return false;
        }
        int open = half.openKinds & ~decidedKinds;
        boolean more = false;
        for (int condition : rules.conditionsOf(rule)) {
            boolean mayCome = (open & rules.kindOf(condition).bit()) != 0;
            if (!mayCome && !isSet(half.facts, condition)) {
                return false;
            }
            more |= mayCome;
        }
        return more;
    }

    /** True when a rule before this position may still come to hold, for this message or a later one. */
    boolean isOpenBefore(int position) {
        return firstPossible < position;
    }

    /** True when a rule before this position that lets packets pass may still come to hold for the message at hand. */
    boolean mayBeAcceptedBefore(int position) {
        return firstOpenAccepting < position;
    }
}
