package dev.weir.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.linux.Errno;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Asks rtnetlink for links, which needs no rights. */
@Timeout(30)
class NetlinkSocketTest {
    /** From {@code linux/rtnetlink.h} and {@code linux/if_link.h}. */
    private static final int RTM_NEWLINK = 16;

    private static final int RTM_GETLINK = 18;
    private static final int IFINFOMSG_BYTES = 16;
    private static final int IFINFOMSG_INDEX = 4;
    private static final int IFLA_IFNAME = 3;
    private static final long SECONDS_5 = 5_000_000_000L;

    private final NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route");
    private final NetlinkWriter writer = new NetlinkWriter(256);
    private final NetlinkAttributes attributes = new NetlinkAttributes();
    private final List<String> names = new ArrayList<>();

    @AfterEach
    void close() {
        socket.close();
    }

    private void collect(NetlinkReader message) {
        assertEquals(RTM_NEWLINK, message.type());
        message.attributes(attributes, IFINFOMSG_BYTES);
        while (attributes.next()) {
            if (attributes.type() == IFLA_IFNAME) {
                names.add(attributes.string());
            }
        }
    }

    private NetlinkWriter link(int flags, int index) {
        writer.reset().begin(RTM_GETLINK, flags, socket.nextSequence());
        writer.bytes().putInt(writer.extend(IFINFOMSG_BYTES) + IFINFOMSG_INDEX, index);
        return writer.end();
    }

    @Test
    void aDumpListsAllLinks() {
        assertTrue(socket.dump("RTM_GETLINK", link(Netlink.NLM_F_DUMP, 0), this::collect, SECONDS_5));
        assertEquals(Interfaces.all().stream().map(NetworkInterface::name).toList(), names);
    }

    @Test
    void oneQuestionGetsOneAnswer() {
        int loopback = Interfaces.require("lo").index();
        socket.execute("RTM_GETLINK", link(Netlink.NLM_F_ACK, loopback), this::collect, SECONDS_5);
        socket.execute("RTM_GETLINK", link(Netlink.NLM_F_ACK, loopback), this::collect, SECONDS_5);
        assertEquals(List.of("lo", "lo"), names);
    }

    @Test
    void aRefusalNamesTheRequestAndTheErrno() {
        LinuxException refused = assertThrows(
                LinuxException.class,
                () -> socket.execute("RTM_GETLINK", link(Netlink.NLM_F_ACK, 123_456), this::collect, SECONDS_5));
        assertEquals(Errno.ENODEV, refused.errno());
        assertEquals("netlink route RTM_GETLINK", refused.call());
    }

    @Test
    void theKernelsOwnWordsAreInTheMessage() {
        socket.socket().setOption("NETLINK_GET_STRICT_CHK", 270, Netlink.NETLINK_GET_STRICT_CHK, 1);
        writer.reset().begin(RTM_GETLINK, Netlink.NLM_F_DUMP, socket.nextSequence());
        writer.bytes().putInt(writer.extend(IFINFOMSG_BYTES) + 8, 1);
        writer.end();
        LinuxException refused =
                assertThrows(LinuxException.class, () -> socket.dump("RTM_GETLINK", writer, this::collect, SECONDS_5));
        assertEquals(Errno.EINVAL, refused.errno());
        assertTrue(refused.getMessage().contains("the kernel says \""), refused.getMessage());
    }

    @Test
    void silenceIsATimeout() {
        // Without NLM_F_ACK the kernel passes over a no-op in silence.
        writer.reset().begin(Netlink.NLMSG_NOOP, 0, socket.nextSequence()).end();
        LinuxException silent =
                assertThrows(LinuxException.class, () -> socket.execute("nothing", writer, this::collect, 5_000_000));
        assertEquals(Errno.ETIMEDOUT, silent.errno());
    }

    @Test
    void everySocketHasItsOwnPort() {
        try (NetlinkSocket other = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route")) {
            assertNotEquals(0, other.portId());
            assertNotEquals(socket.portId(), other.portId());
        }
    }

    @Test
    void anUnknownProtocolIsRefused() {
        LinuxException refused = assertThrows(LinuxException.class, () -> NetlinkSocket.open(31, "strange"));
        assertEquals(Errno.EPROTONOSUPPORT, refused.errno());
    }
}
