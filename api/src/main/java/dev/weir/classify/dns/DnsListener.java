package dev.weir.classify.dns;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Reason;
import dev.weir.packet.dns.DnsName;
import dev.weir.packet.dns.DnsView;

/**
 * Is told what is said in DNS. Called on the flow's thread, by several threads at once where there are several workers; what
 * it is given is valid during the call. Being told costs nothing but the call.
 */
public interface DnsListener {
    /** Nobody is told. */
    DnsListener NONE = new DnsListener() {};

    /**
     * A message went by. Called before it is judged.
     *
     * @param message may be {@linkplain DnsView#isComplete() incomplete}
     * @param packet that it came in; over TCP, and of a fragmented datagram, the one that completed it
     */
    default void message(DnsView message, Packet packet, Flow flow) {}

    /**
     * A message is blocked.
     *
     * @param name that was found in it; where an address was, the name that has it
     * @param reason the rule
     */
    default void blocked(DnsView message, DnsName name, Reason reason, Packet packet, Flow flow) {}

    /** Something on a port of DNS is no DNS message, or not a whole one. */
    default void malformed(Packet packet, Flow flow) {}
}
