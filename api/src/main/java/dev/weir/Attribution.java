package dev.weir;

import java.util.Objects;

/**
 * Who stands behind a flow, as far as is known. A flow within one host (loopback) has an owner on both sides.
 *
 * @param correlator who says so, for example {@code "sockdiag"}; empty while nobody has
 * @param certainty how sure it is
 * @param initiator the socket on the {@link Direction#FORWARD} source side, or null when that side is not on this host
 *     or not known
 * @param responder the socket on the destination side, or null likewise
 * @param explanation one line: where the answer is from, or why there is none
 */
public record Attribution(
        String correlator, Certainty certainty, SocketOwner initiator, SocketOwner responder, String explanation) {
    /** Nobody was asked, or no answer has come yet. */
    public static final Attribution PENDING = new Attribution("", Certainty.PENDING, null, null, "not answered yet");

    /** How sure a correlator is; later ones are surer. */
    public enum Certainty {
        /** No answer yet. */
        PENDING,
        /** There was an answer, and it is that nothing is known; the explanation says why. */
        UNKNOWN,
        /** Inferred, for example from the listening socket of the port. */
        LIKELY,
        /** The very socket was found while it was open. */
        CERTAIN
    }

    public Attribution {
        Objects.requireNonNull(correlator, "correlator");
        Objects.requireNonNull(certainty, "certainty");
        Objects.requireNonNull(explanation, "explanation");
    }

    /** An answer without a socket. */
    public static Attribution unknown(String correlator, String why) {
        return new Attribution(correlator, Certainty.UNKNOWN, null, null, why);
    }

    /** The owner on this host: the initiator's side if it is here, else the responder's; null when neither is known. */
    public SocketOwner owner() {
        return initiator != null ? initiator : responder;
    }

    /** True when a socket or process is known. */
    public boolean isKnown() {
        return certainty.compareTo(Certainty.LIKELY) >= 0;
    }
}
