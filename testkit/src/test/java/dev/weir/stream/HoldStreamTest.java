package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Ledger.Cause;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packets that wait for an opinion about the stream they belong to. */
@Timeout(30)
class HoldStreamTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final StreamOptions HOLD = StreamOptions.DEFAULT.withMode(StreamMode.HOLD);
    private static final Verdict BLOCKED = Verdict.DROP_FLOW.because("test", "evil");

    private final Peer client = Peer.client();
    private final Peer server = Peer.server();

    /** Reads lines of the client; those with "evil" in them drop the flow. */
    private static final StreamInspector LINES = (stream, packet, flow) -> {
        if (stream.direction() == Direction.REVERSE) {
            stream.enough();
            return Verdict.CONTINUE;
        }
        String text = new String(stream.bytes().toByteArray(), StandardCharsets.US_ASCII);
        int end = text.lastIndexOf('\n');
        if (end < 0) {
            return Verdict.CONTINUE;
        }
        stream.consume(end + 1);
        return text.substring(0, end).contains("evil") ? BLOCKED : Verdict.CONTINUE;
    };

    private static void eventually(String what, BooleanSupplier condition) {
        long untilNs = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - untilNs < 0, () -> "not within " + SOON + ": " + what);
            LockSupport.parkNanos(100_000);
        }
    }

    private static void awaitHeld(Pipeline pipeline, long packets) {
        eventually(packets + " held", () -> pipeline.ledger().held() == packets);
    }

    private static void awaitAll(Verdict.Kind kind, List<InjectedPacket> packets) {
        packets.forEach(packet -> assertEquals(kind, packet.await(SOON).kind()));
    }

    private static PipelineBuilder pipeline(MemoryCapture memory, StreamInspector inspector, StreamOptions options) {
        return Pipeline.from(memory.name()).workers(1).classify(new StreamClassifier(inspector, options));
    }

    private static void assertEnded(Pipeline pipeline) {
        pipeline.stop();
        assertTrue(pipeline.ledger().isBalanced());
        assertEquals(0, pipeline.ledger().undecided());
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil", "good"})
    void theOpinionHoldsForAllThatWaitsAndOrderDoesNotMatter(String word) {
        Verdict.Kind expected = word.equals("evil") ? Verdict.Kind.DROP : Verdict.Kind.ACCEPT;
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, LINES, HOLD).open()) {
            pipeline.start();
            awaitAll(Verdict.Kind.ACCEPT, memory.injectAll(List.of(client.syn(), server.synAck(client))));
            awaitAll(Verdict.Kind.ACCEPT, memory.injectAll(List.of(client.ack(0, server, 0))));
            List<InjectedPacket> waiting = new ArrayList<>(memory.injectAll(
                    List.of(client.data(11, "ld\n"), client.data(0, "an "), client.ack(3, server, 0))));
            awaitHeld(pipeline, 3);
            waiting.add(memory.inject(client.data(3, word + " wor")));
            eventually(
                    "decided",
                    () -> waiting.stream().allMatch(packet -> packet.verdict() != null)
                            || pipeline.ledger().held() != 4);
            awaitAll(expected, waiting);
            assertEnded(pipeline);
        }
    }

    @Test
    void handshakesAndAcknowledgmentsPassAndSoDoesTheOtherSide() {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, LINES, HOLD).open()) {
            pipeline.start();
            awaitAll(
                    Verdict.Kind.ACCEPT,
                    memory.injectAll(List.of(
                            client.at(-1).syn().payload("half a ").build(), // RFC 7413: the answer must be possible
                            server.at(-1).syn().acknowledgment(1000 + 8).build(),
                            client.ack(7, server, 0),
                            server.data(0, "220 ready"), // who speaks first is not kept waiting by who listens
                            client.ack(7, server, 9))));
            InjectedPacket half = memory.inject(client.data(7, "line"));
            awaitHeld(pipeline, 1);
            InjectedPacket rest = memory.inject(client.data(11, "\n"));
            awaitAll(Verdict.Kind.ACCEPT, List.of(half, rest));
            assertEnded(pipeline);
        }
    }

    @Test
    void aSenderThatWaitsForAnAnswerToWhatIsHeldIsNotLeftWaiting() {
        StreamClassifier classifier = new StreamClassifier(LINES, HOLD);
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline =
                        Pipeline.from(memory.name()).classify(classifier).open()) {
            pipeline.start();
            memory.inject(client.syn());
            InjectedPacket half = memory.inject(client.data(0, "an evil "));
            awaitHeld(pipeline, 1);
            InjectedPacket again = memory.inject(client.data(0, "an evil "));
            awaitAll(Verdict.Kind.ACCEPT, List.of(half, again));
            assertEquals(1, classifier.counts().stalls());
            // From here on packets pass while they are collected, and what decides is decided all the same.
            awaitAll(Verdict.Kind.ACCEPT, List.of(memory.inject(client.data(8, "wor"))));
            awaitAll(Verdict.Kind.DROP, List.of(memory.inject(client.data(11, "ld\n"))));
            awaitAll(Verdict.Kind.DROP, List.of(memory.inject(client.data(0, "an evil world\n"))));
            assertEnded(pipeline);
        }
    }

    @Test
    void theEndOfTheStreamSetsFreeWhatWaits() {
        for (byte[] end : List.of(client.fin(4), client.rst(4))) {
            try (MemoryCapture memory = MemoryCapture.create();
                    Pipeline pipeline = pipeline(memory, LINES, HOLD).open()) {
                pipeline.start();
                memory.inject(client.syn());
                InjectedPacket half = memory.inject(client.data(0, "half"));
                awaitHeld(pipeline, 1);
                InjectedPacket last = memory.inject(end);
                awaitAll(Verdict.Kind.ACCEPT, List.of(half, last));
                assertEnded(pipeline);
            }
        }
    }

    @Test
    void enoughSetsFreeWhatWaits() {
        StreamInspector inspector = (stream, packet, flow) -> {
            if (stream.bytes().length() >= 6) {
                stream.enough();
            }
            return Verdict.CONTINUE;
        };
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, inspector, HOLD).open()) {
            pipeline.start();
            memory.inject(client.syn());
            InjectedPacket first = memory.inject(client.data(0, "one"));
            awaitHeld(pipeline, 1);
            awaitAll(Verdict.Kind.ACCEPT, List.of(memory.inject(client.data(3, "two")), first));
            awaitAll(Verdict.Kind.ACCEPT, List.of(memory.inject(client.data(6, "three"))));
            assertEnded(pipeline);
        }
    }

    @Test
    void theDeadlineSetsFreeWhatWaitsAndTheStreamIsReadOn() {
        MovableClock clock = new MovableClock();
        try (MemoryCapture memory = MemoryCapture.builder().clock(clock).create();
                Pipeline pipeline = pipeline(memory, LINES, HOLD)
                        .clock(clock)
                        .deadline(Duration.ofMillis(50), Verdict.ACCEPT)
                        .open()) {
            pipeline.start();
            memory.inject(client.syn());
            InjectedPacket half = memory.inject(client.data(0, "an ev"));
            awaitHeld(pipeline, 1);
            clock.advance(Duration.ofMillis(51));
            awaitAll(Verdict.Kind.ACCEPT, List.of(half));
            awaitAll(Verdict.Kind.DROP, List.of(memory.inject(client.data(5, "il line\n"))));
            pipeline.stop();
            assertEquals(1, pipeline.ledger().decisions().count(Cause.DEADLINE));
            assertTrue(pipeline.ledger().isBalanced());
        }
    }

    @Test
    void stoppingSetsFreeWhatWaits() {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, LINES, HOLD).open()) {
            pipeline.start();
            memory.inject(client.syn());
            InjectedPacket half = memory.inject(client.data(0, "half"));
            awaitHeld(pipeline, 1);
            assertEnded(pipeline);
            awaitAll(Verdict.Kind.ACCEPT, List.of(half));
            assertEquals(1, pipeline.ledger().decisions().count(Cause.STOP));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HOLD", "PASS"})
    void anAnswerFromElsewhereIsAskedForAgain(String mode) {
        AtomicReference<Flow> asking = new AtomicReference<>();
        AtomicReference<Verdict> answer = new AtomicReference<>(Verdict.HOLD);
        StreamInspector inspector = (stream, packet, flow) -> {
            assertEquals("name", new String(stream.bytes().toByteArray(), StandardCharsets.US_ASCII));
            asking.set(flow);
            return answer.get();
        };
        StreamOptions options = StreamOptions.DEFAULT.withMode(StreamMode.valueOf(mode));
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, inspector, options).open()) {
            pipeline.start();
            memory.inject(client.syn());
            InjectedPacket name = memory.inject(client.data(0, "name"));
            InjectedPacket acknowledgment = memory.inject(client.ack(4, server, 0));
            awaitHeld(pipeline, 2);
            asking.get().resumption().reconsider();
            assertNull(name.verdict());
            answer.set(BLOCKED);
            asking.get().resumption().reconsider();
            awaitAll(Verdict.Kind.DROP, List.of(name, acknowledgment));
            assertEnded(pipeline);
        }
    }

    @Test
    void twoThatReadStreamsStandInAChain() {
        StreamInspector second = (stream, packet, flow) -> stream.bytes().length() < 8
                ? Verdict.CONTINUE
                : new String(stream.bytes().toByteArray(), StandardCharsets.US_ASCII).equals("one\ntwo\n")
                        ? BLOCKED
                        : Verdict.ACCEPT_FLOW;
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, LINES, HOLD)
                        .classify(new StreamClassifier(second, HOLD))
                        .open()) {
            pipeline.start();
            memory.inject(client.syn());
            List<InjectedPacket> packets = new ArrayList<>();
            packets.add(memory.inject(client.data(0, "one")));
            awaitHeld(pipeline, 1);
            packets.add(memory.inject(client.data(3, "\n")));
            packets.add(memory.inject(client.data(4, "tw")));
            awaitHeld(pipeline, 3);
            packets.add(memory.inject(client.data(6, "o\n")));
            awaitAll(Verdict.Kind.DROP, packets);
            assertEnded(pipeline);
        }
    }

    @Test
    void whoLosesTheMemoryOfWhatWaitsIsAskedOnceMore() {
        StreamOptions tight = HOLD.withBytesPerDirection(4_096).withMemoryBytes(4 * 4_096);
        StreamInspector inspector = (stream, packet, flow) ->
                stream.end() == StreamEnd.MEMORY ? Verdict.DROP_FLOW.because("test", "memory") : Verdict.CONTINUE;
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = pipeline(memory, inspector, tight).open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                memory.inject(Peer.client(i, 5).syn());
                packets.add(memory.inject(Peer.client(i, 5).data(0, "x")));
            }
            awaitAll(Verdict.Kind.DROP, packets.subList(0, 4));
            awaitHeld(pipeline, 8);
            assertEnded(pipeline);
        }
    }

    @Test
    void datagramsThatAreNotConsumedWaitForTheNext() {
        StreamInspector inspector = (stream, packet, flow) -> {
            boolean last = stream.bytes().u8(0) == '.';
            return last ? BLOCKED : Verdict.CONTINUE;
        };
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline =
                        pipeline(memory, inspector, HOLD.withDatagrams(true)).open()) {
            pipeline.start();
            List<InjectedPacket> packets = new ArrayList<>();
            for (String text : List.of("a", "b", ".")) {
                packets.add(memory.inject(dev.weir.testkit.packet.PacketBuilder.ethernet()
                        .ip("10.0.0.1", "10.0.0.2")
                        .udp(5, 443)
                        .payload(text)));
            }
            awaitAll(Verdict.Kind.DROP, packets);
            assertEnded(pipeline);
        }
    }
}
