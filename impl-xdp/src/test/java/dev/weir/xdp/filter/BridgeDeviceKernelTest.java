package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.Blocklist;
import dev.weir.KernelFilter;
import dev.weir.KernelOutcome;
import dev.weir.Protocols;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.net.DatagramSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The filter on a bridge of the kernel: on its ports, for what crosses it, and on itself, for what is its host's. */
@NetworkLabTest(requires = KernelFeature.BRIDGE)
class BridgeDeviceKernelTest {
    private static final int OPEN_PORT = 4001;
    private static final int BLOCKED_PORT = 4002;
    private static final String LEFT = "10.77.0.1";
    private static final String RIGHT = "10.77.0.2";
    private static final String MIDDLE = "10.77.0.3";
    private static final Blocklist LIST =
            Blocklist.builder().port(Protocols.UDP, BLOCKED_PORT).build();

    private LabHost left;
    private LabHost middle;
    private LabHost right;

    @BeforeEach
    void bridge(NetworkLab lab) {
        left = lab.host("left");
        middle = lab.host("middle");
        right = lab.host("right");
        lab.connect(left, middle);
        lab.connect(middle, right);
        middle.ip("link", "add", "br0", "type", "bridge", "forward_delay", "0");
        for (String port : new String[] {"eth0", "eth1"}) {
            middle.ip("link", "set", port, "master", "br0");
        }
        middle.ip("link", "set", "br0", "up");
        left.ip("addr", "add", LEFT + "/24", "dev", "eth0");
        middle.ip("addr", "add", MIDDLE + "/24", "dev", "br0");
        right.ip("addr", "add", RIGHT + "/24", "dev", "eth0");
    }

    private static long blocked(KernelFilter filter) {
        return filter.counts().get(KernelOutcome.BLOCKED_PORT).packets();
    }

    @Test
    void onThePortsItDropsWhatWouldCross() {
        try (DatagramSocket open = Datagrams.open(right, RIGHT, OPEN_PORT);
                DatagramSocket listed = Datagrams.open(right, RIGHT, BLOCKED_PORT);
                DatagramSocket from = Datagrams.open(left, LEFT, 0);
                KernelFilter filter = middle.call(() -> KernelFilter.open("bpf:eth0,eth1"))) {
            assertEquals("eth0: xdp, native\neth1: xdp, native", filter.explain());
            Datagrams.until(
                    "the ports forward", () -> received(listed), () -> Datagrams.send(from, RIGHT, BLOCKED_PORT, 1));
            filter.block(LIST);
            Datagrams.send(from, RIGHT, BLOCKED_PORT, 2);
            Datagrams.send(from, RIGHT, OPEN_PORT, 3);
            assertEquals(3, Datagrams.receive(open));
            assertEquals(1, blocked(filter));
        }
    }

    private static boolean received(DatagramSocket at) {
        try {
            at.setSoTimeout(50);
            return Datagrams.receive(at) == 1;
        } catch (java.net.SocketException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'br0: xdp, generic (native refused: EOPNOTSUPP)'",
        "'?hook=tc', 'br0: tc ingress (as asked), tcx link'",
    })
    void onItselfItDropsWhatIsForTheHostAlone(String options, String explained) {
        try (DatagramSocket atHost = Datagrams.open(middle, MIDDLE, OPEN_PORT);
                DatagramSocket listedAtHost = Datagrams.open(middle, MIDDLE, BLOCKED_PORT);
                DatagramSocket beyond = Datagrams.open(right, RIGHT, BLOCKED_PORT);
                DatagramSocket from = Datagrams.open(left, LEFT, 0);
                KernelFilter filter = middle.call(() -> KernelFilter.open("bpf:br0" + options))) {
            assertEquals(explained, filter.explain());
            Datagrams.until(
                    "the ports forward",
                    () -> received(listedAtHost),
                    () -> Datagrams.send(from, MIDDLE, BLOCKED_PORT, 1));
            filter.block(LIST);
            long before = blocked(filter);
            Datagrams.send(from, MIDDLE, BLOCKED_PORT, 2);
            Datagrams.send(from, MIDDLE, OPEN_PORT, 3);
            assertEquals(3, Datagrams.receive(atHost));
            assertEquals(before + 1, blocked(filter));
            Datagrams.send(from, RIGHT, BLOCKED_PORT, 4);
            assertEquals(4, Datagrams.receive(beyond), "what crosses the bridge does not come by it");
            assertEquals(before + 1, blocked(filter));
        }
    }
}
