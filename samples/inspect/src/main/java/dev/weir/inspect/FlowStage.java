package dev.weir.inspect;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Protocols;
import java.util.Locale;

/** How far a conversation got, in the words of Suricata's flow events. */
enum FlowStage {
    /** One side was heard, or TCP has not finished its handshake. */
    NEW,
    /** Both sides were heard. */
    ESTABLISHED,
    /** TCP ended: a reset, or FIN from both sides. */
    CLOSED;

    static FlowStage of(Flow flow) {
        boolean tcp = flow.key().protocol() == Protocols.TCP;
        int forward = flow.tcpFlags(Direction.FORWARD);
        int reverse = flow.tcpFlags(Direction.REVERSE);
        if (tcp && ((forward | reverse) & TcpFlags.RST) != 0 || (forward & reverse & TcpFlags.FIN) != 0) {
            return CLOSED;
        }
        boolean heardBoth = flow.packets(Direction.FORWARD) > 0 && flow.packets(Direction.REVERSE) > 0;
        return heardBoth && (!tcp || (forward & TcpFlags.ACK) != 0) ? ESTABLISHED : NEW;
    }

    /** The name Suricata gives to the state of a TCP session, as far as the flags tell it. */
    static String tcpState(Flow flow) {
        int forward = flow.tcpFlags(Direction.FORWARD);
        int reverse = flow.tcpFlags(Direction.REVERSE);
        switch (of(flow)) {
            case CLOSED:
                return "closed";
            case ESTABLISHED:
                return ((forward | reverse) & TcpFlags.FIN) != 0 ? "fin_wait1" : "established";
            default:
                if ((reverse & TcpFlags.SYN) != 0) {
                    return "syn_recv";
                }
                return (forward & TcpFlags.SYN) != 0 ? "syn_sent" : "none";
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
