package dev.weir.classify.rules;

import java.util.Arrays;
import java.util.List;
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
    UDP_DST_PORT(4),
    /**
     * A regular expression ({@link dev.weir.classify.regex}) is found in what the packet's direction of the conversation has
     * carried so far, across segments, up to {@link RuleSet.Builder#payloadBytes}; in UDP, in the datagram.
     */
    PAYLOAD_REGEX(7),
    /** The method of an HTTP request: {@code POST}. */
    HTTP_METHOD(7),
    /** The host of an HTTP request, without a port, as a {@linkplain #TLS_SNI name}. */
    HTTP_HOST(7),
    /** A regular expression is found in the target of an HTTP request, as it was sent or with its percent signs decoded. */
    HTTP_URI_REGEX(7),
    /**
     * A field of an HTTP request contains a text, in any case: {@code User-Agent: curl} looks at one field, {@code curl} at
     * whole lines, {@code name: value}.
     */
    HTTP_HEADER_CONTAINS(7),
    /**
     * The server name in a TLS ClientHello: {@code example.org} is that name, {@code *.example.org} each name below it,
     * {@code .example.org} both, {@code /…/} a regular expression; in any case. Over TCP on any port, in the first
     * hello: with it the connection begins, or a segment behind STARTTLS or a proxy's CONNECT, while no direction has said more
     * than {@value dev.weir.classify.tls.TlsClassifier#PLAIN_BYTES} bytes. Not in a second one that the server
     * asks for (HelloRetryRequest, where the name must stay the same). Over QUIC on any port, in one of the first datagrams;
     * read by the rules themselves, or by a classifier {@code tls} before them, and then in the flow's {@link
     * dev.weir.classify.Application}.
     */
    TLS_SNI(7),
    /** The JA3 of a TLS client over TCP: 32 hexadecimal digits. Not of QUIC. */
    TLS_JA3(7),
    /** The JA4 of a TLS client: {@code t13d1516h2_8daaf6152771_e5627efa2ab1}; over QUIC as {@link #TLS_SNI}. */
    TLS_JA4(7),
    /** A name that is asked for in a DNS query, as a {@linkplain #TLS_SNI name}; over UDP and TCP, ports 53, 5353 and 5355. */
    DNS_QUERY(7);

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

    /** How all types are written. */
    public static List<String> texts() {
        return Arrays.stream(values()).map(ConditionType::text).toList();
    }
}
