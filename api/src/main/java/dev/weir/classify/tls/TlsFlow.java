package dev.weir.classify.tls;

import dev.weir.Direction;

/** How far the hellos of a flow have got. Made with the first sign of TLS or QUIC; used on the flow's thread. */
final class TlsFlow {
    /** A client that goes on asking is not listened to for ever. */
    private static final int MAX_HELLOS = 8;

    private final QuicFlow quic;
    private Direction clientDirection;
    private TlsClient unanswered;
    private boolean repeats;
    private int hellos;
    private boolean over;

    /** @param quic what is known of the QUIC connection, or null over TCP */
    TlsFlow(QuicFlow quic) {
        this.quic = quic;
    }

    QuicFlow quic() {
        return quic;
    }

    int quicVersion() {
        return quic == null ? 0 : quic.versionNumber();
    }

    Direction clientDirection() {
        return clientDirection;
    }

    /** A ClientHello was read; {@code client} is null where nobody wants to know. */
    void asked(Direction direction, TlsClient client) {
        clientDirection = direction;
        unanswered = client;
        over = over || ++hellos >= MAX_HELLOS;
    }

    /** A ServerHello was read; returns the question. After any but a request to retry there is nothing more to read. */
    TlsClient answered(boolean retryRequested) {
        TlsClient client = takeUnanswered();
        over = over || !retryRequested || ++hellos >= MAX_HELLOS;
        return client;
    }

    /** The client was told to begin anew (a Retry of QUIC): its next hello takes the place of the last one. */
    void repeats() {
        repeats = true;
    }

    /** What the client asked last, and now asks again. */
    void forgetRepeated() {
        if (repeats) {
            repeats = false;
            unanswered = null;
        }
    }

    TlsClient takeUnanswered() {
        TlsClient client = unanswered;
        unanswered = null;
        return client;
    }

    /** Nothing more of this flow is read. */
    boolean isOver() {
        return over;
    }

    void end() {
        over = true;
    }
}
