package dev.weir.testkit.lab;

import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkNamespace;
import dev.weir.linux.Socket;
import dev.weir.spi.Availability;

/** What a {@link KernelTest} may need of the kernel. Each is found out by doing it, once per JVM, in a lab. */
public enum KernelFeature {
    /** Network namespaces. */
    NETWORK_NAMESPACES("network namespaces") {
        @Override
        void use() {
            NetworkNamespace.create().close();
        }
    },
    /** Pairs of virtual Ethernet interfaces. */
    VETH("veth pairs") {
        @Override
        void use() {
            device("veth");
        }
    },
    /** Bridges. */
    BRIDGE("bridges") {
        @Override
        void use() {
            device("bridge");
        }
    },
    /** Interfaces that drop what is sent to them. */
    DUMMY("dummy interfaces") {
        @Override
        void use() {
            device("dummy");
        }
    },
    /** Interfaces whose other end is a process, without Ethernet header. */
    TUN("tun interfaces") {
        @Override
        void use() {
            try (NetworkLab lab = NetworkLab.open()) {
                lab.host("probe").ip("tuntap", "add", "dev", "probe0", "mode", "tun");
            }
        }
    },
    /** AF_PACKET sockets. */
    PACKET_SOCKETS("packet sockets") {
        @Override
        void use() {
            socket("AF_PACKET", 17, SOCK_RAW, 0);
        }
    },
    /** Questions about sockets through netlink. */
    SOCK_DIAG("socket diagnosis (NETLINK_SOCK_DIAG)") {
        @Override
        void use() {
            socket("NETLINK_SOCK_DIAG", AF_NETLINK, SOCK_RAW, 4);
        }
    },
    /** Netfilter's netlink family, for NFQUEUE. */
    NETFILTER_NETLINK("netfilter's netlink (NETLINK_NETFILTER)") {
        @Override
        void use() {
            socket("NETLINK_NETFILTER", AF_NETLINK, SOCK_RAW, 12);
        }
    },
    /** AF_XDP sockets. */
    XDP_SOCKETS("AF_XDP sockets") {
        @Override
        void use() {
            socket("AF_XDP", 44, SOCK_RAW, 0);
        }
    };

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;

    private final String description;
    private Availability answer;

    KernelFeature(String description) {
        this.description = description;
    }

    abstract void use();

    /** Whether this kernel has it: no only when the kernel says so in words that mean it. Needs root. */
    public synchronized Availability probe() {
        if (answer == null) {
            answer = find();
        }
        return answer;
    }

    private Availability find() {
        try {
            use();
            return Availability.YES;
        } catch (LinuxException e) {
            return isLack(e.errno())
                    ? Availability.no(description + ": " + e.getMessage())
                    : Availability.unknown(description + ": " + e.getMessage());
        } catch (RuntimeException e) {
            return saysLack(e.getMessage())
                    ? Availability.no(description + ": " + e.getMessage())
                    : Availability.unknown(description + ": " + e.getMessage());
        }
    }

    private static boolean isLack(int errno) {
        return errno == Errno.EAFNOSUPPORT
                || errno == Errno.EPROTONOSUPPORT
                || errno == Errno.ESOCKTNOSUPPORT
                || errno == Errno.EOPNOTSUPP
                || errno == Errno.ENOSYS;
    }

    /** As {@code ip} words what the kernel answered. */
    private static boolean saysLack(String message) {
        return message != null
                && (message.contains("Unknown device type")
                        || message.contains("not supported")
                        || message.contains("/dev/net/tun"));
    }

    private static void device(String type) {
        try (NetworkLab lab = NetworkLab.open()) {
            lab.host("probe").ip("link", "add", "probe0", "type", type);
        }
    }

    private static void socket(String what, int domain, int type, int protocol) {
        Socket.open(what, domain, type, protocol).close();
    }
}
