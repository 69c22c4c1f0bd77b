package dev.weir.linux;

import dev.weir.linux.If.Ifreq;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/**
 * What a driver says of its interface, by the requests of {@code linux/ethtool.h}. Looks in the network namespace that the
 * socket was opened in, {@link Interfaces#socket()} for instance; no right is needed. Any thread.
 */
public final class Ethtool {
    static final int SIOCETHTOOL = 0x8946;
    static final int ETHTOOL_GDRVINFO = 0x03;
    static final int ETHTOOL_GCHANNELS = 0x3c;

    private Ethtool() {}

    /** {@code struct ethtool_drvinfo}. */
    static final class Drvinfo {
        static final int BYTES = 196;
        static final int CMD = 0;
        /** 32 characters. */
        static final int DRIVER = 4;

        private Drvinfo() {}
    }

    /** {@code struct ethtool_channels}. */
    static final class Channels {
        static final int BYTES = 36;
        static final int CMD = 0;
        static final int RX_COUNT = 20;
        static final int COMBINED_COUNT = 32;

        private Channels() {}
    }

    /** Receive queues in use; 1 where the driver does not say. */
    public static int receiveQueues(Socket socket, String interfaceName) {
        NativeBuffer channels = ask(socket, interfaceName, ETHTOOL_GCHANNELS, Channels.BYTES);
        if (channels == null) {
            return 1;
        }
        return Math.max(
                1, channels.bytes().getInt(Channels.RX_COUNT) + channels.bytes().getInt(Channels.COMBINED_COUNT));
    }

    /** The driver's name, {@code veth} for instance; empty where it has none. */
    public static String driver(Socket socket, String interfaceName) {
        NativeBuffer info = ask(socket, interfaceName, ETHTOOL_GDRVINFO, Drvinfo.BYTES);
        if (info == null) {
            return "";
        }
        byte[] name = new byte[32];
        info.bytes().get(Drvinfo.DRIVER, name);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.US_ASCII);
    }

    /** The answer, or null where the driver has none or the interface is gone. */
    private static NativeBuffer ask(Socket socket, String interfaceName, int command, int lengthBytes) {
        byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
        if (name.length >= If.IFNAMSIZ) {
            return null;
        }
        NativeBuffer answer = NativeBuffer.allocate(lengthBytes);
        answer.bytes().putInt(0, command);
        NativeBuffer request = NativeBuffer.allocate(Ifreq.BYTES);
        request.bytes().put(Ifreq.NAME, name);
        request.bytes().putLong(Ifreq.DATA, answer.address());
        int result = Libc.ioctl(socket.fd().number(), SIOCETHTOOL, request.address());
        Reference.reachabilityFence(request);
        return result < 0 ? null : answer;
    }
}
