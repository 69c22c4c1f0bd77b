package dev.weir.classify;

import dev.weir.Flow;
import dev.weir.FlowState;
import java.util.List;
import java.util.Objects;

/**
 * What is known of the application behind a flow: which protocol it speaks, whom it asks for, who it looks like. Stock
 * classifiers put it into the flow as soon as they know, before the application's first byte where the protocol tells;
 * classifiers that come after them read it with {@link #of}. Immutable: who learns more puts a new one there, so a
 * reference may be kept and read by any thread. One is allocated each time something is learned, none per packet.
 *
 * @param protocol as Suricata's {@code app_proto} names it: {@code tls}, {@code quic}, {@code dns}, {@code dhcp},
 *     {@code http}; empty for unknown
 * @param serverName the name that was asked for (server name indication, host of an HTTP request, name of a DNS
 *     question), as it was sent; empty for none
 * @param alpn the application protocols that the client offers, most wanted first (RFC 7301); the chosen one alone where
 *     the server names it in the clear, as it does up to TLS 1.2
 * @param fingerprint of the client, in the form of JA4 where there is one; empty for none
 */
public record Application(String protocol, String serverName, List<String> alpn, String fingerprint) {
    /** Nothing is known. */
    public static final Application UNKNOWN = new Application("", "", List.of(), "");

    /** Where it is kept in a flow. To be read and written on the flow's thread, as all states are. */
    public static final FlowState<Application> STATE = FlowState.named("application");

    public Application {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(serverName, "serverName");
        Objects.requireNonNull(fingerprint, "fingerprint");
        alpn = List.copyOf(alpn);
    }

    /** A protocol of which nothing else is known. */
    public static Application of(String protocol) {
        return new Application(protocol, "", List.of(), "");
    }

    /** A protocol and the name that was asked for. */
    public static Application of(String protocol, String serverName) {
        return new Application(protocol, serverName, List.of(), "");
    }

    /** What is known of a flow so far; never null. On the flow's thread; does not allocate. */
    public static Application of(Flow flow) {
        Application known = flow.get(STATE);
        return known == null ? UNKNOWN : known;
    }

    /** True when at least the protocol is known. */
    public boolean isKnown() {
        return !protocol.isEmpty();
    }

    /** Keeps this with a flow, in place of what was known before. On the flow's thread. */
    public void keepIn(Flow flow) {
        flow.put(STATE, this);
    }
}
