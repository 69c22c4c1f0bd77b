package dev.weir.classify.rules;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a rule can ask of a packet. A condition holds when one of its values does. */
public enum ConditionType {
    /** The packet's source address is in one of the prefixes: {@code 10.0.0.0/8}, {@code 2001:db8::1}. */
    IP_SRC_IN(3),
    /** The packet's destination address is in one of the prefixes. */
    IP_DST_IN(3),
    /** What IP carries, behind its extension headers: a number, or {@code tcp udp icmp icmpv6 sctp gre esp ah}. */
    PROTOCOL(3),
    /** The packet is TCP and comes from one of the ports: {@code 80}, {@code 8000-8080}. */
    TCP_SRC_PORT(4),
    /** The packet is TCP and goes to one of the ports. */
    TCP_DST_PORT(4),
    /** The packet is UDP and comes from one of the ports. */
    UDP_SRC_PORT(4),
    /** The packet is UDP and goes to one of the ports. */
    UDP_DST_PORT(4);

    private final int layer;

    ConditionType(int layer) {
        this.layer = layer;
    }

    /** The layer it looks at, as in the OSI model: 3, 4 or 7. */
    public int layer() {
        return layer;
    }

    /** As it is written in rules: the constant's name in lower case. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type with this {@link #text()}. */
    public static Optional<ConditionType> named(String text) {
        return Arrays.stream(values()).filter(type -> type.text().equals(text)).findFirst();
    }
}
