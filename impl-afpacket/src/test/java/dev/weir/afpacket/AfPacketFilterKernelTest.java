package dev.weir.afpacket;

import static dev.weir.afpacket.VethLab.LEFT;
import static dev.weir.afpacket.VethLab.RIGHT;
import static dev.weir.afpacket.VethLab.drain;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.WeirException;
import dev.weir.linux.bpf.ClassicInterpreter;
import dev.weir.linux.bpf.ClassicProgram;
import dev.weir.linux.bpf.FilterCompiler;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The option {@code filter=}: what comes is what the expression matches on the wire. */
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH, KernelFeature.PACKET_SOCKETS})
@Timeout(30)
class AfPacketFilterKernelTest {
    private static final String FROM = "10.9.0.1";
    private static final String TO = "10.9.0.2";

    private VethLab lab;

    @BeforeEach
    void open() {
        lab = new VethLab();
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private static List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        for (int port : new int[] {53, 80}) {
            frames.add(PacketBuilder.ethernet()
                    .ipv4(FROM, TO)
                    .udp(9, port)
                    .payloadOf(20)
                    .build());
            frames.add(PacketBuilder.ethernet()
                    .ipv6("fd00::1", "fd00::2")
                    .tcp(9, port)
                    .build());
            frames.add(PacketBuilder.ethernet()
                    .vlan(100)
                    .ipv4(FROM, TO)
                    .udp(9, port)
                    .payloadOf(300)
                    .build());
            frames.add(PacketBuilder.ethernet()
                    .vlan(200)
                    .ipv6("fd00::1", "fd00::2")
                    .udp(9, port)
                    .payloadOf(90)
                    .build());
            frames.add(PacketBuilder.ethernet()
                    .qinq(100, 300)
                    .ipv4(FROM, TO)
                    .tcp(9, port)
                    .payloadOf(1)
                    .build());
        }
        frames.add(PacketBuilder.ethernet().arpRequest(FROM, TO).build());
        return frames;
    }

    private static List<String> matching(String expression, List<byte[]> frames) {
        ClassicProgram program = FilterCompiler.compile(expression, LinkType.ETHERNET, Settings.WHOLE_PACKET_BYTES);
        ClassicInterpreter interpreter = new ClassicInterpreter();
        return frames.stream()
                .filter(frame -> interpreter.run(program, ByteBuffer.wrap(frame), 0, frame.length, frame.length) != 0)
                .map(HexFormat.of()::formatHex)
                .toList();
    }

    private static List<String> hex(List<byte[]> frames) {
        return frames.stream().map(HexFormat.of()::formatHex).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "udp port 53",
                "not udp port 53",
                "vlan",
                "not vlan",
                "vlan 100",
                "vlan 100 and udp port 53",
                "vlan and vlan 300",
                "vlan 100 and vlan 300 and tcp port 80",
                "ether[12:2] = 0x88a8",
                "greater 200",
                "arp or (vlan 200 and ip6)",
                "udp[8] = 0 or vlan 100",
            })
    void whatComesIsWhatTheExpressionMatchesOnTheWire(String expression) {
        List<byte[]> frames = frames();
        List<String> expected = matching(expression, frames);
        assertTrue(!expected.isEmpty() && expected.size() < frames.size(), "the expression tells frames apart");
        CaptureQueue queue =
                lab.capture(RIGHT, Map.of("filter", expression)).queues().get(0);
        lab.send(LEFT, frames);
        assertEquals(expected, hex(drain(queue)));
    }

    @Test
    void allInterfacesAreFilteredBehindTheirCookedHeader() {
        CaptureSource source = lab.capture("any", Map.of("filter", "udp port 53 and inbound"));
        lab.send(LEFT, frames());
        List<byte[]> got = drain(source.queues().get(0));
        assertEquals(1, got.size(), "the untagged one that came in");
        assertEquals(0x0800, (got.get(0)[0] & 0xff) << 8 | got.get(0)[1] & 0xff);
    }

    @Test
    void whatTheFilterRefusesIsNotCountedAsLost() {
        CaptureSource source = lab.capture(RIGHT, Map.of("filter", "udp port 53", "blocks", "2", "block-size", "64K"));
        CaptureQueue queue = source.queues().get(0);
        List<byte[]> many = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            many.add(VethLab.udp(1, 80, 1000));
        }
        lab.send(LEFT, many);
        queue.refreshLosses();
        assertEquals(0, queue.lost(dev.weir.Loss.RING_FULL));
        assertEquals(0, drain(queue).size());
    }

    @Test
    void theSnapLengthHoldsWithAFilterOnTaggedFrames() {
        CaptureQueue queue = lab.capture(RIGHT, Map.of("filter", "vlan 100", "snaplen", "100"))
                .queues()
                .get(0);
        byte[] tagged = PacketBuilder.ethernet()
                .vlan(100)
                .ipv4(FROM, TO)
                .udp(1, 2)
                .payloadOf(400)
                .build();
        lab.send(LEFT, tagged);
        List<byte[]> got = drain(queue);
        assertEquals(List.of(HexFormat.of().formatHex(tagged, 0, 100)), hex(got));
    }

    @Test
    void aWrongExpressionIsRefusedInOneLineAndNothingStaysOpen() {
        WeirException refused =
                assertThrows(WeirException.class, () -> lab.capture(RIGHT, Map.of("filter", "porrt 53")));
        assertTrue(refused.getMessage().contains("porrt 53"), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count());
        assertEquals("", lab.sh("tail -n +2 /proc/net/packet"));
    }
}
