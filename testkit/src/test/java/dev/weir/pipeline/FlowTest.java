package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowKey;
import dev.weir.FlowLimits;
import dev.weir.FlowState;
import dev.weir.Ledger;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import dev.weir.testkit.packet.PacketBuilder;
import dev.weir.testkit.packet.TcpConversation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class FlowTest {
    /** Writes down what it is called with; one instance for all workers. */
    private static final class Witness implements Classifier {
        record Seen(Flow flow, Direction direction, int length) {}

        record Ended(Flow flow, FlowEnd end) {}

        final List<Seen> seen = new CopyOnWriteArrayList<>();
        final List<Flow> started = new CopyOnWriteArrayList<>();
        final List<Ended> ended = new CopyOnWriteArrayList<>();
        final AtomicInteger released = new AtomicInteger();
        final FlowState<Object> state = FlowState.named("state", s -> released.incrementAndGet());

        @Override
        public Verdict classify(Packet packet, Flow flow) {
            if (flow.get(state) == null) {
                flow.put(state, new Object());
            }
            seen.add(new Seen(flow, packet.direction(), packet.wireLength()));
            return Verdict.CONTINUE;
        }

        @Override
        public void flowStarted(Flow flow) {
            assertEquals(null, flow.get(state), "called before the first packet");
            started.add(flow);
        }

        @Override
        public void flowEnded(Flow flow, FlowEnd end) {
            assertTrue(flow.get(state) != null, "states are released afterwards");
            ended.add(new Ended(flow, end));
        }

        Flow flow(int packet) {
            return seen.get(packet).flow();
        }

        Direction direction(int packet) {
            return seen.get(packet).direction();
        }

        long ends(FlowEnd end) {
            return ended.stream().filter(e -> e.end() == end).count();
        }
    }

    private static final String[] V4 = {"10.0.0.1", "10.0.0.2"};
    private static final String[] V6 = {"2001:db8::1", "2001:db8::2"};

    private final MovableClock clock = new MovableClock();
    private final Witness witness = new Witness();

    private PipelineBuilder pipeline(MemoryCapture memory, int workers) {
        return Pipeline.from(memory.name()).workers(workers).clock(clock).classify(witness);
    }

    private MemoryCapture memory() {
        return MemoryCapture.builder().clock(clock).create();
    }

    private void send(MemoryCapture memory, byte[]... frames) {
        for (byte[] frame : frames) {
            memory.inject(frame).await(PATIENCE);
        }
    }

    private static long sum(Pipeline pipeline, java.util.function.ToLongFunction<Ledger.WorkerCounts> count) {
        return pipeline.ledger().workers().stream().mapToLong(count).sum();
    }

    private static PacketBuilder ping(String from, String to) {
        return PacketBuilder.ethernet().ip(from, to);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void bothDirectionsAreOneFlowWithTheKeyOfTheFirstPacket(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            for (String[] ends : new String[][] {{"10.0.0.9", "10.0.0.1"}, {"2001:db8::9", "2001:db8::1"}}) {
                witness.seen.clear();
                send(
                        memory,
                        PacketBuilder.ethernet()
                                .ip(ends[0], ends[1])
                                .udp(9, 53)
                                .payload("q")
                                .build(),
                        PacketBuilder.ethernet()
                                .ip(ends[1], ends[0])
                                .udp(53, 9)
                                .payload("answer")
                                .build(),
                        PacketBuilder.ethernet()
                                .ip(ends[0], ends[1])
                                .udp(9, 53)
                                .payload("q2")
                                .build());
                Flow flow = witness.flow(0);
                assertSame(flow, witness.flow(1));
                assertSame(flow, witness.flow(2));
                assertEquals(FlowKey.of(Protocols.UDP, ends[0], 9, ends[1], 53), flow.key());
                assertEquals(Direction.FORWARD, witness.direction(0));
                assertEquals(Direction.REVERSE, witness.direction(1));
                assertEquals(Direction.FORWARD, witness.direction(2));
                assertEquals(2, flow.packets(Direction.FORWARD));
                assertEquals(1, flow.packets(Direction.REVERSE));
                assertEquals(witness.seen.get(1).length(), flow.bytes(Direction.REVERSE));
                assertEquals(
                        witness.seen.stream().mapToLong(Witness.Seen::length).sum(), flow.bytes());
            }
            pipeline.stop();
            assertEquals(2, sum(pipeline, Ledger.WorkerCounts::flowsCreated));
            assertEndedInOrder(pipeline, 6);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aFlowFirstSeenWithTheAnswerToASynIsTurnedRound(int workers) {
        List<byte[]> frames = TcpConversation.between("10.0.0.2", 4711, "10.0.0.1", 80)
                .handshake()
                .frames();
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            send(memory, frames.get(1), frames.get(2));
            assertEquals(
                    FlowKey.of(Protocols.TCP, "10.0.0.2", 4711, "10.0.0.1", 80),
                    witness.flow(0).key());
            assertEquals(Direction.REVERSE, witness.direction(0));
            assertEquals(Direction.FORWARD, witness.direction(1));
            assertEquals(0x12, witness.flow(0).tcpFlags(Direction.REVERSE));
            assertEquals(0x10, witness.flow(0).tcpFlags(Direction.FORWARD));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void theSameAddressesOnOtherVlansAreOtherFlows(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            send(
                    memory,
                    PacketBuilder.ethernet()
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .udp(1, 2)
                            .build(),
                    PacketBuilder.ethernet()
                            .vlan(7)
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .udp(1, 2)
                            .build(),
                    PacketBuilder.ethernet()
                            .vlan(8)
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .udp(1, 2)
                            .build(),
                    PacketBuilder.ethernet()
                            .qinq(7, 8)
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .udp(1, 2)
                            .build(),
                    PacketBuilder.ethernet()
                            .qinq(8, 7)
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .udp(1, 2)
                            .build(),
                    PacketBuilder.ethernet()
                            .vlan(7)
                            .ipv4("10.0.0.2", "10.0.0.1")
                            .udp(2, 1)
                            .build());
            assertEquals(5, witness.started.size());
            assertSame(witness.flow(1), witness.flow(5));
            assertEquals(5, witness.started.stream().map(Flow::key).distinct().count());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void anEchoAndItsReplyAreOneFlowByTheirIdentifier(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            for (String[] ends : new String[][] {{"10.0.0.1", "10.0.0.2"}, {"2001:db8::1", "2001:db8::2"}}) {
                witness.seen.clear();
                send(
                        memory,
                        ping(ends[0], ends[1]).echoRequest(5, 1).build(),
                        ping(ends[1], ends[0]).echoReply(5, 1).build(),
                        ping(ends[0], ends[1]).echoRequest(6, 1).build());
                assertSame(witness.flow(0), witness.flow(1));
                assertNotSame(witness.flow(0), witness.flow(2));
                assertEquals(5, witness.flow(0).key().sourcePort());
                assertEquals(5, witness.flow(0).key().destinationPort());
                assertEquals(Direction.REVERSE, witness.direction(1));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void fragmentsFollowTheirDatagram(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            for (String[] ends : new String[][] {V4, V6}) {
                for (int datagram = 0; datagram < 20; datagram++) {
                    witness.seen.clear();
                    PacketBuilder ip = PacketBuilder.ethernet().ip(ends[0], ends[1]);
                    if (ends == V4) {
                        ip.identification(1000 + datagram);
                    }
                    List<byte[]> fragments =
                            ip.udp(5000 + datagram, 80).payloadOf(4000).fragments(1000);
                    assertTrue(fragments.size() > 3);
                    fragments.forEach(fragment -> send(memory, fragment));
                    Flow flow = witness.flow(0);
                    assertEquals(5000 + datagram, flow.key().sourcePort());
                    witness.seen.forEach(seen -> assertSame(flow, seen.flow()));
                    assertEquals(fragments.size(), flow.packets(Direction.FORWARD));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void packetsThatAreNotIpShareOneFlowPerWorkerWhichAFlowVerdictDoesNotDecide(int workers) {
        List<Flow> flows = Collections.synchronizedList(new ArrayList<>());
        try (MemoryCapture memory = memory();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> {
                            flows.add(flow);
                            return flow.packets() == 1 ? Verdict.DROP_FLOW : Verdict.CONTINUE;
                        })
                        .open()) {
            pipeline.start();
            byte[] arp =
                    PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2").build();
            assertEquals(Verdict.DROP_FLOW, memory.inject(arp).await(PATIENCE));
            assertEquals(Verdict.ACCEPT, memory.inject(arp).await(PATIENCE));
            assertSame(flows.get(0), flows.get(1));
            assertFalse(flows.get(0).isIp());
            pipeline.stop();
            assertEndedInOrder(pipeline, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void aFlowWithoutPacketsIsEvictedAfterItsIdleTimeEvenWhenNothingComes(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(1000)) // 60 s idle, swept every 30 s
                        .open()) {
            pipeline.start();
            Traffic.flows(300).forEach(frame -> send(memory, frame));
            clock.advance(Duration.ofSeconds(40));
            send(memory, Traffic.packet(7, 1));
            for (int i = 0; i < 19; i++) {
                clock.advance(Duration.ofSeconds(1));
            }
            assertEquals(0, witness.ended.size(), "none has been idle for 60 s");
            for (int i = 0; i < 35; i++) {
                clock.advance(Duration.ofSeconds(1));
            }
            eventually("299 evicted", () -> witness.ends(FlowEnd.IDLE) == 299);
            eventually("the counts", () -> sum(pipeline, Ledger.WorkerCounts::flowsIdle) == 299);
            assertEquals(1, sum(pipeline, Ledger.WorkerCounts::flows));
            assertEquals(299, witness.released.get());
            pipeline.stop();
            assertEquals(1, witness.ends(FlowEnd.PIPELINE_CLOSED));
            assertEquals(300, witness.released.get());
            assertEndedInOrder(pipeline, 301);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aPacketAfterTheIdleTimeBelongsToANewFlowAlsoWhenTheSweepHasNotComeBy(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .flows(FlowLimits.DEFAULT.withIdle(Duration.ofSeconds(60), Duration.ofDays(1)))
                        .open()) {
            pipeline.start();
            send(memory, Traffic.packet(1, 1));
            clock.advance(Duration.ofSeconds(60));
            send(memory, Traffic.packet(1, 2));
            assertSame(witness.flow(0), witness.flow(1));
            clock.advance(Duration.ofSeconds(61));
            send(memory, Traffic.packet(1, 3));
            assertNotSame(witness.flow(0), witness.flow(2));
            assertEquals(1, witness.ends(FlowEnd.IDLE));
            assertEquals(2, witness.started.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFullTableMakesRoomAndCountsIt(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(64))
                        .open()) {
            pipeline.start();
            memory.injectAll(Traffic.flows(1000)).forEach(packet -> packet.await(PATIENCE));
            eventually("all counted", () -> sum(pipeline, Ledger.WorkerCounts::flowsCreated) == 1000);
            assertTrue(sum(pipeline, Ledger.WorkerCounts::flows) <= 64);
            assertEquals(
                    1000 - sum(pipeline, Ledger.WorkerCounts::flows), sum(pipeline, Ledger.WorkerCounts::flowsEvicted));
            pipeline.stop();
            assertEquals(witness.ends(FlowEnd.TABLE_FULL), sum(pipeline, Ledger.WorkerCounts::flowsEvicted));
            assertEquals(1000, witness.ended.size());
            assertEquals(1000, witness.released.get());
            Set<Long> ids = new HashSet<>();
            witness.started.forEach(flow -> assertTrue(ids.add(flow.id()), "an id given twice"));
            witness.ended.forEach(ended -> assertTrue(ids.remove(ended.flow().id()), "an end told twice"));
            assertEndedInOrder(pipeline, 1000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatIsHeldIsNotEvictedFromAFullTable(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(64))
                        .otherwise(Verdict.DROP)
                        .classify((packet, flow) -> Verdict.HOLD)
                        .open()) {
            pipeline.start();
            List<dev.weir.testkit.InjectedPacket> packets = memory.injectAll(Traffic.flows(500));
            eventually("all held", () -> pipeline.ledger().held() == 500);
            assertEquals(0, sum(pipeline, Ledger.WorkerCounts::flowsEvicted));
            pipeline.stop();
            packets.forEach(packet -> assertEquals(Verdict.DROP, packet.verdict()));
            assertEndedInOrder(pipeline, 500);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theEndOfATcpConnectionIsSeenAndItsPortsMayBeUsedAgain(int workers) {
        List<byte[]> frames = TcpConversation.between("10.0.0.2", 4711, "10.0.0.1", 80)
                .handshake()
                .fromClient("hello")
                .close()
                .frames();
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            pipeline.start();
            frames.forEach(frame -> send(memory, frame));
            int packets = frames.size();
            witness.seen.forEach(seen -> assertSame(witness.flow(0), seen.flow()));
            assertEquals(0, witness.ended.size(), "the last acknowledgements may still come");
            send(memory, frames.get(0)); // the same ports, a new connection
            assertNotSame(witness.flow(0), witness.flow(packets));
            assertEquals(1, witness.ends(FlowEnd.CLOSED));
            send(
                    memory,
                    TcpConversation.between("10.0.0.2", 4711, "10.0.0.1", 80)
                            .reset()
                            .frames()
                            .get(0));
            for (int i = 0; i < 40; i++) {
                clock.advance(Duration.ofSeconds(1));
            }
            eventually("closed long before idle", () -> witness.ends(FlowEnd.CLOSED) == 2);
            pipeline.stop();
            assertEquals(2, sum(pipeline, Ledger.WorkerCounts::flowsClosed));
            assertEquals(2, witness.released.get());
            assertEndedInOrder(pipeline, packets + 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aCaptureWithAnEndLivesByTheTimeOfItsPacketsHoweverTheyAreBatched(int workers) {
        try (MemoryCapture memory = MemoryCapture.builder().offline().create();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            long second = 1_000_000_000L;
            for (int i = 0; i < 10; i++) { // all in one batch
                memory.prepare(Traffic.packet(1, i))
                        .timestampNs((i / 2) * 61 * second)
                        .inject();
            }
            memory.end();
            pipeline.run();
            assertEquals(5, sum(pipeline, Ledger.WorkerCounts::flowsCreated));
            assertEquals(4, witness.ends(FlowEnd.IDLE));
            assertEquals(2, witness.flow(0).packets());
            assertEndedInOrder(pipeline, 10);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void oneTimeStampFarAheadDoesNotStopTheTimeOfARecording(int workers) {
        try (MemoryCapture memory = MemoryCapture.builder().offline().create();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            long second = 1_000_000_000L;
            memory.prepare(Traffic.packet(1, 0)).timestampNs(1_000_000 * second).inject();
            for (int i = 0; i < 20; i++) {
                memory.prepare(Traffic.packet(2, i)).timestampNs(second).inject();
            }
            memory.prepare(Traffic.packet(2, 20)).timestampNs(100 * second).inject();
            memory.end();
            pipeline.run();
            assertEquals(3, sum(pipeline, Ledger.WorkerCounts::flowsCreated), "the idle flow became another one");
            assertEquals(1, witness.ends(FlowEnd.IDLE));
            assertEndedInOrder(pipeline, 22);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void theFlowOfWhatIsNotIpBeginsWithItsFirstPacket(int workers) {
        try (MemoryCapture memory = MemoryCapture.builder().offline().create();
                Pipeline pipeline = pipeline(memory, workers).open()) {
            byte[] notIp = new byte[60];
            memory.prepare(notIp).timestampNs(5).inject();
            memory.prepare(notIp).timestampNs(7).inject();
            memory.end();
            pipeline.run();
            assertEquals(5, witness.flow(0).firstSeenNs());
            assertEquals(7, witness.flow(0).lastSeenNs());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void hostileTimeStampsStallNothing(int workers) {
        long[] times = {
            5, Long.MAX_VALUE, 0, 1L << 62, Long.MAX_VALUE - 1, 1, 60_000_000_001L, Long.MAX_VALUE, 3_600_000_000_000L
        };
        try (MemoryCapture memory = MemoryCapture.builder().offline().create();
                Pipeline pipeline = pipeline(memory, workers)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(64))
                        .open()) {
            for (int i = 0; i < 3000; i++) {
                memory.prepare(Traffic.packet(i % 100, i))
                        .timestampNs(times[i % times.length])
                        .inject();
            }
            memory.end();
            pipeline.run();
            assertEquals(witness.started.size(), witness.ended.size());
            assertEndedInOrder(pipeline, 3000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aJumpOfTheClockStopsNothing(int workers) {
        try (MemoryCapture memory = memory();
                Pipeline pipeline = pipeline(memory, workers)
                        .flows(FlowLimits.DEFAULT.withMaxFlows(1 << 16))
                        .open()) {
            pipeline.start();
            memory.injectAll(Traffic.flows(5000)).forEach(packet -> packet.await(PATIENCE));
            clock.advance(Duration.ofDays(3650));
            send(memory, Traffic.packet(1, 1));
            eventually("all gone but one", () -> sum(pipeline, Ledger.WorkerCounts::flows) == 1);
            pipeline.stop();
            assertEndedInOrder(pipeline, 5001);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aStateThatIsPutAgainReleasesTheOneBeforeAndNullTakesItAway(int workers) {
        List<String> released = Collections.synchronizedList(new ArrayList<>());
        FlowState<String> first = FlowState.named("first", released::add);
        FlowState<String> second = FlowState.named("second", released::add);
        FlowState<String> third = FlowState.named("third", released::add);
        try (MemoryCapture memory = memory();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify((packet, flow) -> {
                            switch (Traffic.number(packet)) {
                                case 1 -> {
                                    flow.put(first, "a");
                                    flow.put(second, "b");
                                    flow.put(third, "c");
                                    flow.put(first, "a");
                                }
                                case 2 -> flow.put(first, "d");
                                case 3 -> flow.put(second, null);
                                default -> {
                                    assertEquals("d", flow.get(first));
                                    assertEquals(null, flow.get(second));
                                    assertEquals("c", flow.get(third));
                                    flow.put(second, null);
                                    return Verdict.DROP;
                                }
                            }
                            return Verdict.ACCEPT;
                        })
                        .open()) {
            pipeline.start();
            for (int i = 1; i <= 3; i++) {
                memory.inject(Traffic.packet(1, i)).await(PATIENCE);
            }
            assertEquals(Verdict.DROP, memory.inject(Traffic.packet(1, 4)).await(PATIENCE));
            assertEquals(List.of("a", "b"), released);
            pipeline.stop();
            assertEquals(List.of("a", "b", "d", "c"), released);
        }
    }
}
