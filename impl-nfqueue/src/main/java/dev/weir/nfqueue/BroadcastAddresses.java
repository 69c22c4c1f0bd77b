package dev.weir.nfqueue;

import dev.weir.linux.LinuxException;
import dev.weir.linux.Sock;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.NetlinkReader;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.linux.netlink.NetlinkWriter;
import java.util.Arrays;

/**
 * Whether an IPv4 address is a broadcast on a network of this host: its routing table says (RTM_GETROUTE), asked at most
 * once a second for each of the last addresses. For one thread.
 */
final class BroadcastAddresses implements AutoCloseable {
    private static final long TIMEOUT_NS = 100_000_000L;
    private static final long VALID_NS = 1_000_000_000L;
    private static final int KEPT = 64;

    private final NetlinkSocket netlink = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route");
    private final NetlinkWriter writer = new NetlinkWriter(64);
    private final int[] addresses = new int[KEPT];
    private final boolean[] broadcast = new boolean[KEPT];
    private final long[] askedNs = new long[KEPT];
    private boolean answer;

    BroadcastAddresses() {
        Arrays.fill(askedNs, System.nanoTime() - VALID_NS);
    }

    /** @param address as the number that its four bytes are in network order */
    boolean contains(int address) {
        int place = (address ^ address >>> 16) & KEPT - 1;
        long nowNs = System.nanoTime();
        if (addresses[place] != address || nowNs - askedNs[place] >= VALID_NS) {
            addresses[place] = address;
            broadcast[place] = ask(address);
            askedNs[place] = nowNs;
        }
        return broadcast[place];
    }

    private boolean ask(int address) {
        writer.reset().begin(RouteMessage.RTM_GETROUTE, Netlink.NLM_F_ACK, netlink.nextSequence());
        int header = writer.extend(RouteMessage.BYTES);
        writer.bytes().put(header + RouteMessage.FAMILY, (byte) Sock.AF_INET);
        writer.bytes().put(header + RouteMessage.DST_LEN, (byte) Integer.SIZE);
        writer.attribute32Network(RouteMessage.RTA_DST, address).end();
        answer = false;
        try {
            netlink.execute("RTM_GETROUTE", writer, this::read, TIMEOUT_NS);
        } catch (LinuxException e) {
            return false; // no route there: then it is no network of this host
        }
        return answer;
    }

    private void read(NetlinkReader message) {
        if (message.type() == RouteMessage.RTM_NEWROUTE && message.payloadBytes() >= RouteMessage.BYTES) {
            int type = message.bytes().get(message.payload() + RouteMessage.TYPE);
            answer = type == RouteMessage.RTN_BROADCAST;
        }
    }

    @Override
    public void close() {
        netlink.close();
    }
}
