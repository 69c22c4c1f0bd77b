package dev.weir.sockdiag;

import dev.weir.linux.Errno;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.Sock;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.NetlinkAttributes;
import dev.weir.linux.netlink.NetlinkReader;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.linux.netlink.NetlinkWriter;
import dev.weir.packet.IpAddress;
import dev.weir.sockdiag.InetDiag.IfAddrMsg;
import dev.weir.sockdiag.InetDiag.Route;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The addresses of a network namespace and the interfaces they are on, read over rtnetlink and read again when the kernel
 * says that they changed. For one thread.
 */
final class LocalAddresses implements AutoCloseable {
    private static final long TIMEOUT_NS = 1_000_000_000;
    private static final int DUMP_TRIES = 3;
    private static final int[] NO_INTERFACES = {};
    private static final int IPV4_LOOPBACK_NET = 127;

    private final NetlinkSocket news;
    private final NetlinkSocket questions;
    private final MessageBatch batch = MessageBatch.withBuffers(8, 4_096);
    private final NetlinkWriter writer = new NetlinkWriter(64);
    private final NetlinkAttributes attributes = new NetlinkAttributes();
    private Map<IpAddress, int[]> interfaces = Map.of();
    private boolean hasLoopback;
    private boolean changed = true;

    private LocalAddresses(NetlinkSocket news, NetlinkSocket questions) {
        this.news = news;
        this.questions = questions;
    }

    static LocalAddresses open() {
        NetlinkSocket news =
                NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route", Route.RTMGRP_IPV4_IFADDR | Route.RTMGRP_IPV6_IFADDR);
        try {
            return new LocalAddresses(news, NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route"));
        } catch (RuntimeException e) {
            news.close();
            throw e;
        }
    }

    /** Takes note of changes; one system call when there was none. */
    void refresh() {
        int datagrams = news.receive(batch);
        while (datagrams > 0) {
            changed = true;
            datagrams = news.receive(batch);
        }
        if (datagrams == -Errno.ENOBUFS) {
            changed = true;
        }
        if (changed) {
            list();
        }
    }

    /** True for an address of this namespace; all of 127.0.0.0/8 goes with the loopback address. */
    boolean contains(IpAddress address) {
        return interfaces.containsKey(address) || isLoopback(address) && hasLoopback;
    }

    /** The indexes of the interfaces that have the address. */
    int[] interfacesOf(IpAddress address) {
        return interfaces.getOrDefault(address, NO_INTERFACES);
    }

    private void list() {
        Map<IpAddress, int[]> fresh = new HashMap<>();
        boolean consistent = false;
        for (int i = 0; i < DUMP_TRIES && !consistent; i++) {
            fresh.clear();
            writer.reset().begin(Route.RTM_GETADDR, Netlink.NLM_F_DUMP, questions.nextSequence());
            writer.extend(IfAddrMsg.BYTES);
            writer.end();
            consistent = questions.dump("RTM_GETADDR", writer, message -> take(message, fresh), TIMEOUT_NS);
        }
        interfaces = fresh;
        hasLoopback = fresh.keySet().stream().anyMatch(LocalAddresses::isLoopback);
        changed = !consistent;
    }

    private void take(NetlinkReader message, Map<IpAddress, int[]> into) {
        if (message.type() != Route.RTM_NEWADDR || message.payloadBytes() < IfAddrMsg.BYTES) {
            return;
        }
        ByteBuffer bytes = message.bytes();
        int family = bytes.get(message.payload() + IfAddrMsg.FAMILY);
        int index = bytes.getInt(message.payload() + IfAddrMsg.INDEX);
        IpAddress address = null;
        message.attributes(attributes, IfAddrMsg.BYTES);
        while (attributes.next()) {
            // On a point-to-point link IFA_ADDRESS is the peer's, and IFA_LOCAL is one's own.
            if (attributes.type() == Route.IFA_LOCAL || attributes.type() == Route.IFA_ADDRESS && address == null) {
                address = address(family, attributes);
            }
        }
        if (address != null) {
            into.merge(address, new int[] {index}, LocalAddresses::join);
        }
    }

    private static IpAddress address(int family, NetlinkAttributes attribute) {
        if (family == Sock.AF_INET && attribute.payloadBytes() == Integer.BYTES) {
            return new IpAddress(4, 0, IpAddress.IPV4_MAPPED | Integer.toUnsignedLong(attribute.int32Network()));
        }
        if (family == Sock.AF_INET6 && attribute.payloadBytes() == 2 * Long.BYTES) {
            ByteBuffer bytes = attribute.bytes();
            return new IpAddress(6, big(bytes, attribute.payload()), big(bytes, attribute.payload() + Long.BYTES));
        }
        return null;
    }

    private static long big(ByteBuffer bytes, int offset) {
        long value = bytes.getLong(offset);
        return bytes.order() == ByteOrder.BIG_ENDIAN ? value : Long.reverseBytes(value);
    }

    private static int[] join(int[] some, int[] more) {
        int[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private static boolean isLoopback(IpAddress address) {
        return address.version() == 4 && (address.low() >>> 24 & 0xff) == IPV4_LOOPBACK_NET;
    }

    @Override
    public void close() {
        news.close();
        questions.close();
    }
}
