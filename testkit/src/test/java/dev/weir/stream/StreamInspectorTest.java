package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.Direction;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.TcpConversation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an inspector is shown of a conversation that goes well, and what its opinion does. */
@Timeout(30)
class StreamInspectorTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    private static String text(StreamBytes stream) {
        return new String(stream.bytes().toByteArray(), StandardCharsets.US_ASCII);
    }

    private List<InjectedPacket> play(StreamMode mode, StreamInspector inspector, TcpConversation conversation) {
        StreamOptions options = StreamOptions.DEFAULT.withMode(mode);
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(new StreamClassifier(inspector, options))
                        .open()) {
            pipeline.start();
            List<InjectedPacket> packets = memory.injectAll(conversation.frames());
            packets.forEach(packet -> packet.await(SOON));
            return packets;
        }
    }

    private static TcpConversation conversation() {
        return TcpConversation.between("10.0.0.1", 4711, "10.0.0.2", 80).handshake();
    }

    @ParameterizedTest
    @EnumSource(StreamMode.class)
    void theWindowGrowsUntilTheInspectorHasAnOpinion(StreamMode mode) {
        List<InjectedPacket> packets = play(
                mode,
                (stream, packet, flow) -> {
                    seen.add(text(stream));
                    return stream.bytes().length() < 9 ? Verdict.CONTINUE : Verdict.DROP_FLOW;
                },
                conversation().segments(4).fromClient("0123456789"));
        assertEquals(List.of("0123", "01234567", "0123456789"), seen);
        for (int i = 0; i < packets.size(); i++) {
            boolean dropped = i == 5 || i >= 3 && mode == StreamMode.HOLD;
            assertEquals(
                    dropped ? Verdict.Kind.DROP : Verdict.Kind.ACCEPT,
                    packets.get(i).await(SOON).kind(),
                    "packet " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(StreamMode.class)
    void whatIsConsumedIsNotShownAgain(StreamMode mode) {
        play(
                mode,
                (stream, packet, flow) -> {
                    seen.add(stream.offset() + ":" + text(stream));
                    stream.consume(stream.bytes().length() / 3 * 3);
                    return Verdict.CONTINUE;
                },
                conversation().segments(4).fromClient("0123456789").fromClient("ab"));
        assertEquals(List.of("0:0123", "3:34567", "6:6789", "9:9ab"), seen);
    }

    @ParameterizedTest
    @EnumSource(StreamMode.class)
    void enoughIsEnoughOfOneDirection(StreamMode mode) {
        play(
                mode,
                (stream, packet, flow) -> {
                    seen.add(stream.direction() + " " + text(stream) + " " + stream.end());
                    if (stream.direction() == Direction.FORWARD) {
                        stream.enough();
                    }
                    stream.consume(stream.bytes().length());
                    return Verdict.CONTINUE;
                },
                conversation()
                        .fromClient("one")
                        .fromServer("two")
                        .fromClient("three")
                        .fromServer("four")
                        .close());
        assertEquals(List.of("FORWARD one OPEN", "REVERSE two OPEN", "REVERSE four OPEN", "REVERSE  FINISHED"), seen);
    }
}
