package dev.weir.afpacket;

import static dev.weir.afpacket.VethLab.LEFT;
import static dev.weir.afpacket.VethLab.RIGHT;
import static dev.weir.afpacket.VethLab.drain;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several queues: who gets what. */
@KernelTest(requires = {KernelFeature.NETWORK_NAMESPACES, KernelFeature.VETH, KernelFeature.PACKET_SOCKETS})
@Timeout(30)
class AfPacketFanoutKernelTest {
    private static final int FLOWS = 100;
    private static final int QUEUES = 4;

    private VethLab lab;

    @BeforeEach
    void open() {
        lab = new VethLab();
    }

    @AfterEach
    void close() {
        lab.close();
    }

    private static List<List<byte[]>> drainAll(CaptureSource source) {
        List<List<byte[]>> all = new ArrayList<>();
        for (CaptureQueue queue : source.queues()) {
            all.add(drain(queue));
        }
        return all;
    }

    private static int total(List<List<byte[]>> all) {
        return all.stream().mapToInt(List::size).sum();
    }

    private static byte[] to(int flow, boolean v6) {
        return between(flow, v6, "1", "2", 1000 + flow, 443);
    }

    private static byte[] back(int flow, boolean v6) {
        return between(flow, v6, "2", "1", 443, 1000 + flow);
    }

    private static byte[] between(int flow, boolean v6, String from, String to, int sourcePort, int destinationPort) {
        PacketBuilder builder = PacketBuilder.ethernet();
        return (v6 ? builder.ipv6("fd00::" + from, "fd00::" + to) : builder.ipv4("10.9.0." + from, "10.9.0." + to))
                .tcp(sourcePort, destinationPort)
                .ack()
                .payloadOf(flow)
                .build();
    }

    /** The port of the client: the one that is not 443. */
    private static int flow(byte[] frame, boolean v6) {
        Bytes bytes = Bytes.of(frame);
        int ports = v6 ? 14 + 40 : 14 + 20;
        int source = bytes.u16(ports);
        return source == 443 ? bytes.u16(ports + 2) : source;
    }

    @Test
    void byHashBothDirectionsOfAFlowComeTogether() {
        for (boolean v6 : new boolean[] {false, true}) {
            CaptureSource source = lab.capture(RIGHT + "?queues=" + QUEUES + "&fanout=hash");
            assertTrue(source.traits().symmetric());
            List<byte[]> there = new ArrayList<>();
            List<byte[]> back = new ArrayList<>();
            for (int flow = 0; flow < FLOWS; flow++) {
                there.add(to(flow, v6));
                back.add(back(flow, v6));
            }
            // one direction comes in, the other goes out: an outgoing packet is hashed on its own path
            lab.send(LEFT, there);
            lab.send(RIGHT, back);
            List<List<byte[]>> all = drainAll(source);
            assertEquals(2 * FLOWS, total(all));
            Map<Integer, Integer> queueOf = new HashMap<>();
            for (int queue = 0; queue < QUEUES; queue++) {
                assertFalse(all.get(queue).isEmpty(), "queue " + queue + " got nothing of " + FLOWS + " flows");
                for (byte[] frame : all.get(queue)) {
                    Integer before = queueOf.put(flow(frame, v6), queue);
                    assertTrue(before == null || before == queue, "a flow is in two queues");
                }
            }
            assertEquals(FLOWS, queueOf.size());
        }
    }

    @Test
    void byHashFragmentsComeTogetherAsOneDatagram() {
        CaptureSource source = lab.capture(RIGHT + "?queues=" + QUEUES);
        PacketBuilder whole = PacketBuilder.ethernet()
                .ipv4("10.9.0.1", "10.9.0.2")
                .udp(1000, 53)
                .payloadOf(3000);
        lab.send(LEFT, whole.fragments(1500));
        List<List<byte[]>> all = drainAll(source);
        assertEquals(1, total(all));
        List<byte[]> queue =
                all.stream().filter(one -> !one.isEmpty()).findFirst().orElseThrow();
        assertEquals(whole.build().length, queue.get(0).length);
    }

    @Test
    void byHashFragmentsOfIpv6StayTogether() {
        CaptureSource source = lab.capture(RIGHT + "?queues=" + QUEUES);
        for (int flow = 0; flow < 10; flow++) {
            List<byte[]> fragments = PacketBuilder.ethernet()
                    .ipv6("fd00::1", "fd00::2")
                    .udp(1000 + flow, 53)
                    .payloadOf(4000)
                    .fragments(1500);
            lab.send(LEFT, fragments);
        }
        List<List<byte[]>> all = drainAll(source);
        assertEquals(30, total(all));
        assertEquals(1, all.stream().filter(one -> !one.isEmpty()).count(), "they have the addresses in common");
    }

    @Test
    void roundRobinTakesTurns() {
        CaptureSource source = lab.capture(RIGHT + "?queues=" + QUEUES + "&fanout=rr");
        assertFalse(source.traits().symmetric());
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 10 * QUEUES; i++) {
            frames.add(to(1, false));
        }
        lab.send(LEFT, frames);
        for (List<byte[]> queue : drainAll(source)) {
            assertEquals(10, queue.size());
        }
    }

    @Test
    void byProcessorEachPacketComesOnce() {
        CaptureSource source = lab.capture(RIGHT + "?queues=2&fanout=cpu");
        assertFalse(source.traits().symmetric());
        List<byte[]> frames = new ArrayList<>();
        for (int flow = 0; flow < FLOWS; flow++) {
            frames.add(to(flow, false));
        }
        lab.send(LEFT, frames);
        assertEquals(FLOWS, total(drainAll(source)));
    }

    @Test
    void twoCapturesOfOneInterfaceHaveGroupsOfTheirOwn() {
        CaptureSource one = lab.capture(RIGHT + "?queues=2");
        CaptureSource other = lab.capture(RIGHT + "?queues=3");
        List<byte[]> frames = new ArrayList<>();
        for (int flow = 0; flow < FLOWS; flow++) {
            frames.add(to(flow, false));
        }
        lab.send(LEFT, frames);
        assertEquals(FLOWS, total(drainAll(one)));
        assertEquals(FLOWS, total(drainAll(other)));
    }

    @Test
    void severalQueuesOfAllInterfacesShareToo() {
        CaptureSource source = lab.capture("any?queues=2");
        List<byte[]> frames = new ArrayList<>();
        for (int flow = 0; flow < FLOWS; flow++) {
            frames.add(to(flow, false));
        }
        lab.send(LEFT, frames);
        assertEquals(2 * FLOWS, total(drainAll(source)));
    }
}
