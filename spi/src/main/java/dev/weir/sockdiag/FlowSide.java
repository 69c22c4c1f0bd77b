package dev.weir.sockdiag;

import dev.weir.Protocols;
import dev.weir.SocketOwner;
import dev.weir.packet.IpAddress;

/**
 * One end of a flow and what was found out about its socket, over several questions: what was seen while the socket was
 * open stays known when it has closed.
 */
final class FlowSide {
    /** What is known, the less first. */
    enum Finding {
        /** No socket. */
        NOTHING,
        /** The connection is over; the kernel keeps no owner. */
        TIME_WAIT,
        /** The socket is there and belongs to no file: its process has not accepted it yet, or has closed it. */
        NO_FILE,
        /** Another socket that receives for it: a listener, a UDP socket without a peer. */
        INFERRED,
        /** The very socket. */
        EXACT
    }

    final int protocol;
    final IpAddress local;
    final int localPort;
    final IpAddress remote;
    final int remotePort;
    /** Whether the address is one of this host's. */
    boolean isLocal;

    private Finding finding = Finding.NOTHING;
    private FoundSocket socket;
    private ProcessOwner process;
    private boolean processSought;
    private int unreadable;

    FlowSide(int protocol, IpAddress local, int localPort, IpAddress remote, int remotePort) {
        this.protocol = protocol;
        this.local = local;
        this.localPort = localPort;
        this.remote = remote;
        this.remotePort = remotePort;
    }

    /** Looks for the very socket; the kernel answers with a listener or a UDP socket without a peer if there is none. */
    SocketQuery query(int interfaceIndex) {
        return new SocketQuery(protocol, local, localPort, remote, remotePort, interfaceIndex);
    }

    /** Looks for the listener behind a connection: no connection has a peer with port 0. */
    SocketQuery listenerQuery() {
        return new SocketQuery(protocol, local, localPort, remote, 0, SocketQuery.ANY_INTERFACE);
    }

    /** Takes what a query brought, if it is more than was known. */
    void take(FoundSocket found) {
        if (found == null) {
            return;
        }
        Finding what = judge(found);
        if (what == Finding.INFERRED && !isLocal) {
            // A socket that listens on all addresses is found for every address, those of other hosts included.
            return;
        }
        if (what.compareTo(finding) > 0) {
            if (what.compareTo(Finding.INFERRED) >= 0) {
                socket = found;
                process = null;
                processSought = false;
            }
            finding = what;
        }
    }

    private Finding judge(FoundSocket found) {
        if (found.state() == SocketState.TCP_TIME_WAIT) {
            return Finding.TIME_WAIT;
        }
        boolean hasPeer = found.remotePort() == remotePort && found.state() != SocketState.TCP_LISTEN;
        if (!hasPeer) {
            return Finding.INFERRED;
        }
        return found.inode() == 0 ? Finding.NO_FILE : Finding.EXACT;
    }

    Finding finding() {
        return finding;
    }

    /** A connection without an owner: the listener may tell. */
    boolean wantsListener() {
        return protocol == Protocols.TCP && isLocal && (finding == Finding.NO_FILE || finding == Finding.TIME_WAIT);
    }

    /** The socket whose process is to be found, 0 for none. */
    long wantedInode() {
        return socket == null || process != null ? 0 : socket.inode();
    }

    /** Takes what the search for the process came to. */
    void take(ProcessSearch search) {
        ProcessOwner owner = search.owners().get(wantedInode());
        if (owner != null) {
            process = owner;
        } else if (search.coverage() == ProcessSearch.Coverage.COMPLETE) {
            processSought = true;
            unreadable = search.unreadable();
        }
    }

    boolean hasProcess() {
        return process != null;
    }

    /** Nothing more can be learned. */
    boolean isComplete() {
        return finding == Finding.EXACT && process != null;
    }

    /** Null when nothing is known. */
    SocketOwner owner() {
        if (socket == null) {
            return null;
        }
        return new SocketOwner(
                socket.cookie(),
                socket.inode(),
                socket.inode() == 0 ? -1 : socket.uid(),
                SocketState.name(protocol, socket.state()),
                process == null ? 0 : process.pid(),
                process == null ? "" : process.comm(),
                process == null ? "" : process.cgroup());
    }

    /** A clause that says where the answer is from, or why there is none. */
    String explanation() {
        return switch (finding) {
            case EXACT -> "the open socket was found by its addresses" + process();
            case INFERRED ->
                (protocol == Protocols.UDP
                                ? "a UDP socket without a peer is bound to port "
                                : "a socket listens on port ")
                        + localPort
                        + process();
            case NO_FILE ->
                "the socket is there, but its process has not accepted it yet or has closed it, and nothing listens on port "
                        + localPort;
            case TIME_WAIT -> "the connection is over (TIME_WAIT), and the kernel forgets the owner";
            case NOTHING ->
                "no socket has these addresses: it has closed, or the address is translated or served elsewhere";
        };
    }

    private String process() {
        if (process != null) {
            return process.comm().isEmpty() ? "; its process ended before its name was read" : "";
        }
        if (socket.inode() == 0) {
            return "; it belongs to no process";
        }
        if (!processSought) {
            return "; the search for its process did not get to an end";
        }
        if (unreadable > 0) {
            return "; its process is not known: the open files of " + unreadable
                    + " processes may not be read, which takes root, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH";
        }
        return "; its process is not known: none in /proc has it open, so it has ended,"
                + " or runs in another PID namespace";
    }
}
