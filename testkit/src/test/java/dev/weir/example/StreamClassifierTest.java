package dev.weir.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.TcpConversation;
import dev.weir.testkit.wrap.SlotAudit;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A classifier that needs a whole line before it can say anything: it holds what comes before. The audit sees to it that
 * none of what it held is forgotten or touched too late.
 */
class StreamClassifierTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    /** Refuses requests for {@code /admin}; decides with the end of the first line. */
    private static final class RequestLine implements Classifier {
        private final FlowState<StringBuilder> line = FlowState.named("request line");

        @Override
        public Verdict classify(Packet packet, Flow flow) {
            int length = packet.headers().payloadLength();
            if (length <= 0) {
                return Verdict.CONTINUE;
            }
            StringBuilder soFar = flow.get(line);
            if (soFar == null) {
                soFar = new StringBuilder();
                flow.put(line, soFar);
            }
            byte[] payload = new byte[length];
            packet.bytes().get(packet.headers().payloadOffset(), payload, 0, length);
            soFar.append(new String(payload, StandardCharsets.US_ASCII));
            if (soFar.indexOf("\r\n") < 0) {
                return Verdict.HOLD;
            }
            return soFar.indexOf("GET /admin") == 0 ? Verdict.DROP_FLOW : Verdict.ACCEPT_FLOW;
        }
    }

    private static List<InjectedPacket> request(MemoryCapture memory, int port, String path) {
        return memory.injectAll(TcpConversation.between("10.0.0.1", port, "10.0.0.2", 80)
                .handshake()
                .segments(5)
                .fromClient("GET " + path + " HTTP/1.1\r\n")
                .frames());
    }

    @Test
    void theLineDecidesForEverySegmentThatWaitedForIt() {
        try (MemoryCapture memory = MemoryCapture.create();
                SlotAudit audit = SlotAudit.around(memory.name());
                Pipeline pipeline = Pipeline.from(audit.name())
                        .workers(2)
                        .classifyPerWorker(RequestLine::new)
                        .open()) {
            pipeline.start();
            List<InjectedPacket> admin = request(memory, 4711, "/admin/users");
            List<InjectedPacket> index = request(memory, 4712, "/index.html");

            admin.subList(3, admin.size())
                    .forEach(segment ->
                            assertEquals(Verdict.Kind.DROP, segment.await(SOON).kind()));
            index.forEach(segment ->
                    assertEquals(Verdict.Kind.ACCEPT, segment.await(SOON).kind()));
        }
    }
}
