package dev.weir.classify.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.Application;
import dev.weir.packet.http.HttpHeadView;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.TcpConversation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HttpClassifierTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final List<String> heads = Collections.synchronizedList(new ArrayList<>());
    private final List<HttpExchange> exchanges = Collections.synchronizedList(new ArrayList<>());
    private final List<Application> applications = Collections.synchronizedList(new ArrayList<>());

    private final HttpListener listener = new HttpListener() {
        @Override
        public void head(HttpHeadView head, Direction direction, Packet packet, Flow flow) {
            heads.add(direction + " " + head);
        }

        @Override
        public boolean wantsExchanges() {
            return true;
        }

        @Override
        public void exchange(HttpExchange exchange, Flow flow) {
            exchanges.add(exchange);
        }
    };

    private void read(TcpConversation conversation) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(new HttpClassifier(listener, HttpClassifier.STANDARD_HEAD_BYTES))
                        .classify((packet, flow) -> {
                            applications.add(Application.of(flow));
                            return Verdict.CONTINUE;
                        })
                        .open()) {
            pipeline.start();
            memory.injectAll(conversation.frames()).forEach(packet -> packet.await(SOON));
            pipeline.stop();
        }
    }

    private static TcpConversation connection() {
        return TcpConversation.between("10.0.0.1", 4711, "10.0.0.2", 8888)
                .handshake()
                .segments(9);
    }

    private static String text(String text) {
        return text.replace("|", "\r\n");
    }

    @Test
    void tellsOfRequestsAndTheirResponsesOnOneConnection() {
        read(connection()
                .fromClient(text("GET /a HTTP/1.1|Host: a.example:8888|User-Agent: x|Referer: /r||"))
                .fromServer(
                        text(
                                "HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Type: text/html; charset=x|Content-Length: 3||abc"))
                .fromClient(text("HEAD /b HTTP/1.1|Host: a.example||POST /c HTTP/1.0|Content-Length: 2||xy"))
                .fromServer(text("HTTP/1.1 301 Moved|Location: /d|Content-Length: 300||"))
                .fromServer(text("HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ab|3|cde|0||"))
                .fromClient(text("GET /unanswered HTTP/1.1||")));
        assertEquals(
                List.of(
                        "FORWARD GET /a",
                        "REVERSE status 100",
                        "REVERSE status 200",
                        "FORWARD HEAD /b",
                        "FORWARD POST /c",
                        "REVERSE status 301",
                        "REVERSE status 200",
                        "FORWARD GET /unanswered"),
                heads);
        assertEquals(4, exchanges.size(), exchanges.toString());
        HttpExchange first = exchanges.get(0);
        assertEquals(
                new HttpExchange(
                        first.timestampNs(),
                        Direction.FORWARD,
                        0,
                        "GET",
                        "/a",
                        "a.example",
                        "x",
                        "/r",
                        11,
                        200,
                        "text/html; charset=x",
                        "",
                        3),
                first);
        assertEquals("HEAD /d 0", describe(exchanges.get(1)));
        assertEquals("POST  5", describe(exchanges.get(2)));
        assertEquals("GET  0", describe(exchanges.get(3)));
        assertEquals(0, exchanges.get(3).status());
        assertEquals(Application.UNKNOWN, applications.get(0));
        assertEquals(Application.of("http", "a.example"), applications.get(applications.size() - 1));
    }

    private static String describe(HttpExchange exchange) {
        return exchange.method() + " " + exchange.location() + " " + exchange.responseLength();
    }

    @Test
    void aResponseUntilTheEndOfTheConnectionIsToldWithIt() {
        read(connection()
                .fromClient(text("GET /a HTTP/1.0||"))
                .fromServer(text("HTTP/1.0 200 OK||0123456789"))
                .close());
        assertEquals(1, exchanges.size());
        assertEquals(10, exchanges.get(0).responseLength());
    }

    @Test
    void leavesOtherProtocolsAlone() {
        read(connection().fromServer(text("220 mail|")).fromClient(text("EHLO example.org|")));
        assertEquals(List.of(), heads);
        assertTrue(applications.stream().noneMatch(Application::isKnown));
    }

    @Test
    void thePlugInChecksItsOption() {
        HttpClassifierProvider provider = new HttpClassifierProvider();
        provider.create(Map.of("head-bytes", "4096")).close();
        WeirException refusal = assertThrows(WeirException.class, () -> provider.create(Map.of("head-bytes", "4k")));
        assertTrue(refusal.getMessage().contains("256 to 1048576"), refusal.getMessage());
    }
}
