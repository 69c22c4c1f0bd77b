package dev.weir.classify.rules;

import dev.weir.Protocols;
import dev.weir.WeirException;
import java.util.Map;
import java.util.TreeMap;

/** The names of protocols over IP (IANA, "Protocol Numbers"). */
final class IpProtocols {
    static final int COUNT = 256;

    private static final Map<String, Integer> NAMES = new TreeMap<>(Map.of(
            "icmp",
            Protocols.ICMP,
            "igmp",
            2,
            "tcp",
            Protocols.TCP,
            "udp",
            Protocols.UDP,
            "gre",
            47,
            "esp",
            50,
            "ah",
            51,
            "icmpv6",
            Protocols.IPV6_ICMP,
            "ospf",
            89,
            "sctp",
            Protocols.SCTP));

    private IpProtocols() {}

    /** @throws WeirException for what is neither a name nor a number, with the names */
    static int parse(String text) {
        Integer named = NAMES.get(text);
        if (named != null) {
            return named;
        }
        if (text.matches("[0-9]{1,3}") && Integer.parseInt(text) < COUNT) {
            return Integer.parseInt(text);
        }
        throw new WeirException("\"" + text + "\" is neither a protocol number (0 to 255) nor one of "
                + String.join(", ", NAMES.keySet()));
    }
}
