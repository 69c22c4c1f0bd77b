package dev.weir.linux;

import dev.weir.WeirException;
import dev.weir.linux.If.Ifreq;
import dev.weir.linux.NetworkInterface.HardwareAddress;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds network interfaces. Every method looks in the network namespace of the calling thread, or of a socket where one
 * is given, at the moment of the call; no right is needed. Asks the kernel by ioctl, because /sys/class/net shows the
 * namespace it was mounted in.
 */
public final class Interfaces {
    private static final int NAME_INDEX_BYTES = 16;
    private static final int NAME_INDEX_NAME = 8;

    private Interfaces() {}

    /** Empty when there is no interface of that name now. */
    public static Optional<NetworkInterface> find(String name) {
        try (Socket socket = socket()) {
            return find(socket, name);
        }
    }

    /** Empty when there is no interface with that index now. */
    public static Optional<NetworkInterface> find(int index) {
        try (Socket socket = socket()) {
            return find(socket, index);
        }
    }

    /** As {@link #find(String)}, in the namespace that the socket was opened in. Five system calls at most. */
    public static Optional<NetworkInterface> find(Socket socket, String name) {
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length >= If.IFNAMSIZ) {
            return Optional.empty();
        }
        NativeBuffer request = request(name);
        if (ioctl(socket, If.SIOCGIFINDEX, request) < 0) {
            return gone(name);
        }
        return read(socket, request.bytes().getInt(Ifreq.IFINDEX), name);
    }

    /** As {@link #find(int)}, in the namespace that the socket was opened in. */
    public static Optional<NetworkInterface> find(Socket socket, int index) {
        NativeBuffer request = NativeBuffer.allocate(Ifreq.BYTES);
        request.bytes().putInt(Ifreq.IFINDEX, index);
        if (ioctl(socket, If.SIOCGIFNAME, request) < 0) {
            return gone("index " + index);
        }
        return read(socket, index, cString(request.bytes()));
    }

    /** @throws WeirException when there is none, with the names of those that are there */
    public static NetworkInterface require(String name) {
        return find(name)
                .orElseThrow(() -> new WeirException("there is no interface \"" + name
                        + "\" in this network namespace; there is "
                        + all().stream().map(NetworkInterface::name).collect(Collectors.joining(", "))));
    }

    /** All interfaces, by index. */
    public static List<NetworkInterface> all() {
        Libc.require();
        long list = Libc.if_nameindex();
        if (list == 0) {
            throw new LinuxException("if_nameindex", Libc.errno());
        }
        try (Socket socket = socket()) {
            List<NetworkInterface> found = new ArrayList<>();
            for (long entry = list; ; entry += NAME_INDEX_BYTES) {
                ByteBuffer struct = Libc.view(entry, NAME_INDEX_BYTES);
                int index = struct.getInt(0);
                if (index == 0) {
                    return found;
                }
                String name = cString(Libc.view(struct.getLong(NAME_INDEX_NAME), If.IFNAMSIZ));
                read(socket, index, name).ifPresent(found::add);
            }
        } finally {
            Libc.if_freenameindex(list);
        }
    }

    /** Switches the interface on, as `ip link set NAME up` does; needs CAP_NET_ADMIN. */
    public static void setUp(String name) {
        try (Socket socket = socket()) {
            NativeBuffer request = request(name);
            Libc.check(ioctl(socket, If.SIOCGIFFLAGS, request), "ioctl(SIOCGIFFLAGS, " + name + ")");
            short flags = request.bytes().getShort(Ifreq.FLAGS);
            request.bytes().putShort(Ifreq.FLAGS, (short) (flags | If.IFF_UP));
            Libc.check(
                    ioctl(socket, If.SIOCSIFFLAGS, request),
                    "ioctl(SIOCSIFFLAGS, " + name + ")",
                    Rights.Capability.CAP_NET_ADMIN);
        }
    }

    private static Optional<NetworkInterface> read(Socket socket, int index, String name) {
        NativeBuffer request = request(name);
        ByteBuffer bytes = request.bytes();
        if (ioctl(socket, If.SIOCGIFFLAGS, request) < 0) {
            return gone(name);
        }
        int flags = Short.toUnsignedInt(bytes.getShort(Ifreq.FLAGS));
        if (ioctl(socket, If.SIOCGIFMTU, request) < 0) {
            return gone(name);
        }
        int mtuBytes = bytes.getInt(Ifreq.MTU);
        if (ioctl(socket, If.SIOCGIFHWADDR, request) < 0) {
            return gone(name);
        }
        int hardwareType = Short.toUnsignedInt(bytes.getShort(Ifreq.HWADDR));
        long address = 0;
        for (int i = 0; i < 6; i++) {
            address = address << 8 | Byte.toUnsignedLong(bytes.get(Ifreq.HWADDR + Short.BYTES + i));
        }
        return Optional.of(
                new NetworkInterface(index, name, flags, mtuBytes, hardwareType, new HardwareAddress(address)));
    }

    /** An interface that vanishes between two requests is absent; anything else is a failure. */
    private static Optional<NetworkInterface> gone(String name) {
        int errno = Libc.errno();
        if (errno == Errno.ENODEV || errno == Errno.ENXIO) {
            return Optional.empty();
        }
        throw new LinuxException("ioctl(" + name + ")", errno);
    }

    /** A socket that remembers the network namespace of the calling thread, to ask from any thread. */
    public static Socket socket() {
        return Socket.open("AF_INET", Sock.AF_INET, Sock.SOCK_DGRAM, 0);
    }

    private static NativeBuffer request(String name) {
        NativeBuffer request = NativeBuffer.allocate(Ifreq.BYTES);
        request.bytes().put(Ifreq.NAME, name.getBytes(StandardCharsets.UTF_8));
        return request;
    }

    private static int ioctl(Socket socket, int code, NativeBuffer request) {
        int result = Libc.ioctl(socket.fd().number(), code, request.address());
        Reference.reachabilityFence(request);
        return result;
    }

    private static String cString(ByteBuffer bytes) {
        int length = 0;
        while (length < If.IFNAMSIZ - 1 && bytes.get(length) != 0) {
            length++;
        }
        byte[] name = new byte[length];
        bytes.get(0, name);
        return new String(name, StandardCharsets.UTF_8);
    }
}
