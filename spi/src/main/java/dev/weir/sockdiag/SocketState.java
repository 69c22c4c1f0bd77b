package dev.weir.sockdiag;

import dev.weir.Protocols;

/** The states of {@code enum} in {@code net/tcp_states.h}; sockets of all inet protocols use them. */
public final class SocketState {
    public static final int TCP_ESTABLISHED = 1;
    public static final int TCP_SYN_SENT = 2;
    public static final int TCP_SYN_RECV = 3;
    public static final int TCP_FIN_WAIT1 = 4;
    public static final int TCP_FIN_WAIT2 = 5;
    public static final int TCP_TIME_WAIT = 6;
    public static final int TCP_CLOSE = 7;
    public static final int TCP_CLOSE_WAIT = 8;
    public static final int TCP_LAST_ACK = 9;
    public static final int TCP_LISTEN = 10;
    public static final int TCP_CLOSING = 11;

    private SocketState() {}

    /** As people know it; a UDP socket without a peer is {@code UNCONNECTED}; empty for a number that is none. */
    static String name(int protocol, int state) {
        return switch (state) {
            case TCP_ESTABLISHED -> "ESTABLISHED";
            case TCP_SYN_SENT -> "SYN_SENT";
            case TCP_SYN_RECV -> "SYN_RECV";
            case TCP_FIN_WAIT1 -> "FIN_WAIT1";
            case TCP_FIN_WAIT2 -> "FIN_WAIT2";
            case TCP_TIME_WAIT -> "TIME_WAIT";
            case TCP_CLOSE -> protocol == Protocols.UDP ? "UNCONNECTED" : "CLOSE";
            case TCP_CLOSE_WAIT -> "CLOSE_WAIT";
            case TCP_LAST_ACK -> "LAST_ACK";
            case TCP_LISTEN -> "LISTEN";
            case TCP_CLOSING -> "CLOSING";
            default -> "";
        };
    }
}
