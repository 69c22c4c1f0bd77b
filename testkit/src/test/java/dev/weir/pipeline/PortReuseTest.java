package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowLimits;
import dev.weir.Ledger;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A SYN on the ports of a connection that was reset: a new flow, but until it is answered only for itself, as the RST
 * and the SYN may be forged.
 */
@Timeout(30)
class PortReuseTest {
    private static final int CLIENT = 1_000;
    private static final int SERVER = 900_000;
    private static final int AGAIN = 77_000;

    private final MovableClock clock = new MovableClock();
    private final MemoryCapture memory = MemoryCapture.builder().clock(clock).create();

    /** Numbers the flows of the packets in the order in which they began, and decides by the payload. */
    private static final class Witness implements Classifier {
        final List<Flow> started = new CopyOnWriteArrayList<>();
        final List<Integer> flows = new CopyOnWriteArrayList<>();
        final List<String> ended = new CopyOnWriteArrayList<>();

        @Override
        public Verdict classify(Packet packet, Flow flow) {
            flows.add(started.indexOf(flow));
            int at = packet.headers().payloadOffset();
            return switch (packet.headers().payloadLength() == 0
                    ? 0
                    : packet.bytes().u8(at)) {
                case 'd' -> Verdict.DROP_FLOW;
                case 'a' -> Verdict.ACCEPT_FLOW;
                case 'h' -> Verdict.HOLD;
                default -> Verdict.CONTINUE;
            };
        }

        @Override
        public void flowStarted(Flow flow) {
            started.add(flow);
        }

        @Override
        public void flowEnded(Flow flow, FlowEnd end) {
            ended.add(started.indexOf(flow) + " " + end);
        }
    }

    private final Witness witness = new Witness();

    private Pipeline pipeline;

    private void open(int workers, FlowLimits limits) {
        pipeline = Pipeline.from(memory.name())
                .workers(workers)
                .clock(clock)
                .flows(limits)
                .classify(witness)
                .open();
        pipeline.start();
    }

    @AfterEach
    void close() {
        pipeline.close();
        memory.close();
    }

    private static PacketBuilder client(int sequence) {
        return PacketBuilder.ethernet().ip("10.0.0.1", "10.0.0.2").tcp(4711, 80).sequence(sequence);
    }

    private static PacketBuilder server(int sequence) {
        return PacketBuilder.ethernet().ip("10.0.0.2", "10.0.0.1").tcp(80, 4711).sequence(sequence);
    }

    private Verdict judge(PacketBuilder packet) {
        return memory.inject(packet).await(PATIENCE);
    }

    private void handshake(int clientSequence, int serverSequence) {
        judge(client(clientSequence).syn());
        judge(server(serverSequence).syn().acknowledgment(clientSequence + 1));
        judge(client(clientSequence + 1).acknowledgment(serverSequence + 1));
    }

    private void reset() {
        judge(client(CLIENT + 1).rst());
    }

    private long flows() {
        return pipeline.ledger().workers().stream()
                .mapToLong(Ledger.WorkerCounts::flows)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theNewConnectionBeginsWithItsSynAndTheOldOneEndsWithTheAnswer(int workers) {
        open(workers, FlowLimits.DEFAULT);
        handshake(CLIENT, SERVER);
        reset();
        judge(client(AGAIN).syn());
        judge(client(AGAIN).syn()); // sent again
        assertEquals(List.of(), witness.ended);
        eventually("both count", () -> flows() == 2);
        judge(server(5).syn().acknowledgment(AGAIN + 1));
        assertEquals(List.of("0 CLOSED"), witness.ended);
        judge(client(AGAIN + 1).acknowledgment(6).payload("x"));
        judge(server(6).acknowledgment(AGAIN + 2).payload("y"));
        assertEquals(List.of(0, 0, 0, 0, 1, 1, 1, 1, 1), witness.flows);
        assertEquals("10.0.0.1", witness.started.get(1).key().source());
        eventually("one is left", () -> flows() == 1);
        pipeline.stop();
        assertEquals(List.of("0 CLOSED", "1 PIPELINE_CLOSED"), witness.ended);
        assertEndedInOrder(pipeline, 9);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aForgedResetAndSynChangeNothingForTheConnectionThatGoesOn(int workers) {
        open(workers, FlowLimits.DEFAULT);
        handshake(CLIENT, SERVER);
        reset();
        judge(client(AGAIN).syn());
        judge(server(SERVER + 1).acknowledgment(CLIENT + 1)); // where the connection stands: RFC 5961, 4
        judge(server(SERVER + 1).syn().acknowledgment(CLIENT + 1)); // no answer to this SYN
        judge(client(AGAIN + 1).rst().acknowledgment(AGAIN + 1)); // nor is what its own side says
        judge(client(CLIENT + 1).acknowledgment(SERVER + 1).payload("x"));
        assertEquals(List.of(0, 0, 0, 0, 1, 0, 0, 0, 0), witness.flows);
        pipeline.stop();
        assertEquals(List.of("0 PIPELINE_CLOSED", "1 PIPELINE_CLOSED"), witness.ended);
        assertEndedInOrder(pipeline, 9);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDroppedFlowStaysDroppedUntilTheNewConnectionIsAnswered(int workers) {
        open(workers, FlowLimits.DEFAULT);
        handshake(CLIENT, SERVER);
        assertEquals(Verdict.DROP_FLOW, judge(client(CLIENT + 1).payload("d")));
        assertEquals(Verdict.DROP_FLOW, judge(client(CLIENT + 2).rst()));
        assertEquals(Verdict.ACCEPT, judge(client(AGAIN).syn()), "judged as the first of another flow");
        assertEquals(Verdict.DROP_FLOW, judge(server(SERVER + 1).acknowledgment(CLIENT + 1)));
        assertEquals(Verdict.DROP_FLOW, judge(client(CLIENT + 1).payload("x")));
        judge(server(5).syn().acknowledgment(AGAIN + 1));
        assertEquals(Verdict.ACCEPT, judge(client(AGAIN + 1).payload("x")));
        clock.advance(Duration.ofMinutes(2)); // the verdict of the old one is not remembered for these ports
        eventually("idle", () -> flows() == 0);
        assertEquals(Verdict.ACCEPT, judge(client(AGAIN + 2).payload("x")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anAcceptedFlowAcceptsNothingForTheNextConnection(int workers) {
        open(workers, FlowLimits.DEFAULT);
        handshake(CLIENT, SERVER);
        assertEquals(Verdict.ACCEPT_FLOW, judge(client(CLIENT + 1).payload("a")));
        judge(server(SERVER + 1).rst());
        judge(client(AGAIN).syn());
        judge(server(5).syn().acknowledgment(AGAIN + 1));
        assertEquals(Verdict.DROP_FLOW, judge(client(AGAIN + 1).payload("d")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anAnswerMayTakeTheDataOfASynOrRefuse(int workers) {
        open(workers, FlowLimits.DEFAULT);
        handshake(CLIENT, SERVER);
        reset();
        judge(client(AGAIN).syn().payload("early")); // RFC 7413
        judge(server(5).syn().acknowledgment(AGAIN + 6));
        assertEquals(List.of("0 CLOSED"), witness.ended);
        judge(client(AGAIN + 6).acknowledgment(6));
        judge(client(AGAIN + 6).rst());
        judge(client(5).syn());
        judge(server(0).rst().acknowledgment(6));
        assertEquals(List.of("0 CLOSED", "1 CLOSED"), witness.ended);
        assertEquals(List.of(0, 0, 0, 0, 1, 1, 1, 1, 2, 2), witness.flows);
    }

    /** Where there was no connection, nothing is known that could be lost. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whoIsRefusedAndTriesAgainBeginsANewFlowAtOnce(int workers) {
        open(workers, FlowLimits.DEFAULT);
        judge(client(CLIENT).syn());
        judge(server(0).rst().acknowledgment(CLIENT + 1));
        judge(client(AGAIN).syn());
        assertEquals(List.of("0 CLOSED"), witness.ended);
        assertEquals(List.of(0, 0, 1), witness.flows);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whereOneDirectionAloneIsSeenNobodyCouldAnswer(int workers) {
        open(workers, FlowLimits.DEFAULT);
        judge(client(CLIENT).syn());
        judge(client(CLIENT + 1).acknowledgment(1).payload("x"));
        reset();
        judge(client(AGAIN).syn());
        judge(client(AGAIN + 1).acknowledgment(1).payload("x"));
        assertEquals(List.of(0, 0, 0, 1, 1), witness.flows);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSynThatIsHeldWaitsForItsConnectionToo(int workers) {
        open(workers, FlowLimits.DEFAULT);
        handshake(CLIENT, SERVER);
        reset();
        InjectedPacket held = memory.inject(client(AGAIN).syn().payload("h"));
        eventually("held", () -> pipeline.ledger().held() == 1);
        clock.advance(Duration.ofMinutes(2)); // the old flow goes, this one stays for what it holds
        eventually("the old one is gone", () -> witness.ended.equals(List.of("0 CLOSED")));
        assertEquals(1, flows());
        witness.started.get(1).resumption().decide(Verdict.DROP);
        assertEquals(Verdict.DROP, held.await(PATIENCE));
        pipeline.stop();
        assertEndedInOrder(pipeline, 5);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void theTableHoldsNoMoreForThem(int workers) {
        int max = 64;
        int connections = 200;
        open(workers, FlowLimits.DEFAULT.withMaxFlows(max));
        List<InjectedPacket> packets = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            String from = "10.0.1." + i;
            PacketBuilder open = PacketBuilder.ethernet().ip(from, "10.0.0.2").tcp(4711, 80);
            PacketBuilder answer = PacketBuilder.ethernet().ip("10.0.0.2", from).tcp(80, 4711);
            packets.add(memory.inject(open.sequence(1).ack()));
            packets.add(memory.inject(answer.sequence(1).ack()));
            packets.add(memory.inject(PacketBuilder.ethernet()
                    .ip(from, "10.0.0.2")
                    .tcp(4711, 80)
                    .sequence(1)
                    .rst()));
            packets.add(memory.inject(PacketBuilder.ethernet()
                    .ip(from, "10.0.0.2")
                    .tcp(4711, 80)
                    .sequence(AGAIN)
                    .syn()));
            if (i % 10 == 0) {
                packets.forEach(packet -> packet.await(PATIENCE));
                assertTrue(flows() <= max, () -> flows() + " flows");
            }
        }
        pipeline.stop();
        assertEquals(2 * connections, witness.started.size());
        assertEquals(2 * connections, witness.ended.size());
        assertEndedInOrder(pipeline, 4 * connections);
    }
}
