package dev.weir.sockdiag;

import dev.weir.Attribution;
import dev.weir.Attribution.Certainty;
import dev.weir.FlowKey;
import dev.weir.packet.IpAddress;
import dev.weir.sockdiag.FlowSide.Finding;

/** What is known about a flow so far, and what was answered. */
final class FlowInquiry {
    /** The attempt from which on a socket is told without its process; before, the process may be just about to come. */
    private static final int PATIENT_ATTEMPTS = 3;

    /** The attempt at which a socket counts as certain although its process could not be looked for. */
    private static final int LAST_ATTEMPT = 5;

    final long flowId;
    final FlowSide initiator;
    final FlowSide responder;

    private Certainty answered = Certainty.PENDING;

    FlowInquiry(long flowId, FlowKey key) {
        this.flowId = flowId;
        IpAddress source = new IpAddress(key.ipVersion(), key.sourceHigh(), key.sourceLow());
        IpAddress destination = new IpAddress(key.ipVersion(), key.destinationHigh(), key.destinationLow());
        int protocol = key.protocol();
        initiator = new FlowSide(protocol, source, key.sourcePort(), destination, key.destinationPort());
        responder = new FlowSide(protocol, destination, key.destinationPort(), source, key.sourcePort());
    }

    /** What to say now; null when it would say nothing new, or it is too early to. */
    Attribution answer(String correlator, int attempt) {
        Attribution answer = conclude(correlator, attempt);
        if (answer == null || answer.certainty().compareTo(answered) <= 0) {
            return null;
        }
        answered = answer.certainty();
        return answer;
    }

    private Attribution conclude(String correlator, int attempt) {
        boolean late = attempt >= PATIENT_ATTEMPTS;
        if (!isKnown(initiator) && !isKnown(responder)) {
            if (!initiator.isLocal && !responder.isLocal && isNothing(initiator) && isNothing(responder)) {
                return Attribution.unknown(
                        correlator,
                        "not a flow of this host: " + initiator.local + " and " + responder.local
                                + " are no addresses of this network namespace, and no socket has them");
            }
            return Attribution.unknown(correlator, explanation());
        }
        boolean processesKnown = hasItsProcess(initiator) && hasItsProcess(responder);
        if (!processesKnown && !late) {
            return null;
        }
        return new Attribution(
                correlator, certainty(processesKnown, attempt), initiator.owner(), responder.owner(), explanation());
    }

    /** Certain when every socket of this host is the very one; while more may come, likely at most. */
    private Certainty certainty(boolean processesKnown, int attempt) {
        boolean exact = isExactOrElsewhere(initiator, attempt) && isExactOrElsewhere(responder, attempt);
        return exact && (processesKnown || attempt >= LAST_ATTEMPT) ? Certainty.CERTAIN : Certainty.LIKELY;
    }

    private static boolean isExactOrElsewhere(FlowSide side, int attempt) {
        // A local side without a socket may be one that has not come or has gone already. In the end it does not take
        // away from what is certain about the other side.
        return side.finding() == Finding.EXACT || !isKnown(side) && (!side.isLocal || attempt >= LAST_ATTEMPT);
    }

    private static boolean isKnown(FlowSide side) {
        return side.finding().compareTo(Finding.INFERRED) >= 0;
    }

    private static boolean isNothing(FlowSide side) {
        return side.finding() == Finding.NOTHING;
    }

    private static boolean hasItsProcess(FlowSide side) {
        return !isKnown(side) || side.hasProcess();
    }

    private String explanation() {
        if (initiator.isLocal == responder.isLocal) {
            return "initiator: " + initiator.explanation() + "; responder: " + responder.explanation();
        }
        return (initiator.isLocal ? initiator : responder).explanation();
    }
}
