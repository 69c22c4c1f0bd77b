package dev.weir.sockdiag;

import dev.weir.packet.IpAddress;

/** Asks for one socket by its own address and port and those of its peer; {@link SocketTable} fills in the answer. */
final class SocketQuery {
    /** The kernel looks on all interfaces, and misses sockets that are bound to one. */
    static final int ANY_INTERFACE = 0;

    final int protocol;
    final IpAddress local;
    final int localPort;
    final IpAddress remote;
    final int remotePort;
    final int interfaceIndex;

    /** Of the request that is under way. */
    int sequence;

    boolean answered;
    /** Null when there is none. */
    FoundSocket found;

    SocketQuery(int protocol, IpAddress local, int localPort, IpAddress remote, int remotePort, int interfaceIndex) {
        this.protocol = protocol;
        this.local = local;
        this.localPort = localPort;
        this.remote = remote;
        this.remotePort = remotePort;
        this.interfaceIndex = interfaceIndex;
    }
}
