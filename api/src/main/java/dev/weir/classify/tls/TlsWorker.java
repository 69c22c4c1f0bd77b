package dev.weir.classify.tls;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Verdict;
import dev.weir.classify.Application;
import dev.weir.packet.Bytes;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.ServerHelloView;
import dev.weir.packet.tls.TlsHandshakeReader;
import java.util.List;

/** What one thread reads hellos with, and what it makes of them. Its views, digests and buffers serve all its flows. */
final class TlsWorker {
    /** What is kept with a flow is bounded, whatever a client sends: no host has a longer name (RFC 1035, 2.3.4). */
    private static final int MAX_NAME_LENGTH = 255;

    private static final int MAX_PROTOCOLS = 32;

    final TlsHandshakeReader records = new TlsHandshakeReader();
    final QuicReader quic;

    private final TlsListener listener;
    private final ClientHelloView clientHello = new ClientHelloView();
    private final ServerHelloView serverHello = new ServerHelloView();
    private final Ja3 ja3 = new Ja3();
    private final Ja4 ja4 = new Ja4();
    private final TlsPolicy.Scratch scratch = new TlsPolicy.Scratch();

    /** @param listener null for none */
    TlsWorker(TlsListener listener, int helloLimitBytes, long memoryBytes) {
        this.listener = listener;
        this.quic = new QuicReader(this, helloLimitBytes, memoryBytes);
    }

    /**
     * A handshake message that should be a ClientHello.
     *
     * @return a verdict, {@link Verdict#CONTINUE} for no opinion; null when it is no ClientHello
     */
    Verdict client(Bytes message, TlsFlow state, Direction direction, Flow flow, long timestampNs, TlsPolicy policy) {
        if (!clientHello.wrap(message, 0, message.length())) {
            return null;
        }
        state.forgetRepeated();
        unanswered(state, flow, timestampNs);
        boolean quicHello = state.quicVersion() != 0;
        ja4.read(clientHello, quicHello);
        if (listener != null || policy.usesJa3()) {
            ja3.read(clientHello);
        }
        Verdict verdict = policy.judge(clientHello, ja3, ja4, scratch);
        String name = clientHello.serverName();
        if (name.length() > MAX_NAME_LENGTH) {
            name = name.substring(0, MAX_NAME_LENGTH);
        }
        List<String> alpn = clientHello.alpn().texts(MAX_PROTOCOLS);
        String fingerprint = ja4.toString();
        new Application(quicHello ? "quic" : "tls", name, alpn, fingerprint).keepIn(flow);
        TlsClient client = listener == null
                ? null
                : new TlsClient(clientHello.highestVersion(), name, alpn, ja3.string(), ja3.hash(), fingerprint);
        state.asked(direction, client);
        if (verdict == null) {
            return Verdict.CONTINUE;
        }
        unanswered(state, flow, timestampNs); // whatever comes after a verdict is not shown
        return verdict;
    }

    /** A handshake message that should be a ServerHello; false when it is none. */
    boolean server(Bytes message, TlsFlow state, Direction direction, Flow flow, long timestampNs) {
        if (!serverHello.wrap(message, 0, message.length())) {
            return false;
        }
        String chosen = serverHello.alpn().size() == 0 ? "" : serverHello.alpn().text(0);
        Application known = Application.of(flow);
        if (!known.isKnown()) {
            Application.of("tls").keepIn(flow);
        } else if (!chosen.isEmpty()) {
            new Application(known.protocol(), known.serverName(), List.of(chosen), known.fingerprint()).keepIn(flow);
        }
        TlsClient client = state.answered(serverHello.isHelloRetryRequest());
        if (listener != null) {
            ja3.read(serverHello);
            TlsServer server = new TlsServer(
                    serverHello.version(),
                    serverHello.cipherSuite(),
                    chosen,
                    ja3.string(),
                    ja3.hash(),
                    serverHello.isHelloRetryRequest());
            Direction clientDirection = direction.opposite();
            listener.handshake(
                    new TlsHandshake(state.quicVersion(), clientDirection, timestampNs, client, server), flow);
        }
        return true;
    }

    /** There will be no answer to what a client asked last, if it did: it is told as it is. */
    void unanswered(TlsFlow state, Flow flow, long timestampNs) {
        TlsClient client = state.takeUnanswered();
        if (client != null && listener != null) {
            listener.handshake(
                    new TlsHandshake(state.quicVersion(), state.clientDirection(), timestampNs, client, null), flow);
        }
    }
}
