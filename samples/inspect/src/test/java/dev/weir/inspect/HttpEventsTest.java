package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.Direction;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import dev.weir.classify.http.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class HttpEventsTest {
    private final ByteArrayOutputStream target = new ByteArrayOutputStream();
    private final EveWriter eve = new EveWriter(new Output(target), null, ZoneOffset.UTC);

    @Test
    void printsWhatIsKnownOfAnExchangeInTheNamesOfEve() {
        FixedFlow flow = FixedFlow.of(7, FlowKey.of(Protocols.TCP, "10.0.0.1", 4711, "10.0.0.2", 80), 0, 0);
        HttpEvents events = new HttpEvents(new ProtocolEvents(eve));
        events.exchange(
                new HttpExchange(
                        1_000_000_000L,
                        Direction.FORWARD,
                        0,
                        "GET",
                        "/a?b",
                        "a.example",
                        "curl/8",
                        "http://r/",
                        11,
                        301,
                        "text/html; charset=utf-8",
                        "/d",
                        17),
                flow);
        events.exchange(
                new HttpExchange(2_000_000_000L, Direction.FORWARD, 1, "GET", "/", "", "", "", 10, 0, "", "", 0), flow);
        eve.flush();
        assertEquals(
                """
                {"timestamp":"1970-01-01T00:00:01.000000+0000","flow_id":7,"event_type":"http","src_ip":"10.0.0.1",\
                "src_port":4711,"dest_ip":"10.0.0.2","dest_port":80,"proto":"TCP","http":{"hostname":"a.example",\
                "url":"/a?b","http_user_agent":"curl/8","http_content_type":"text/html","http_refer":"http://r/",\
                "http_method":"GET","protocol":"HTTP/1.1","status":301,"redirect":"/d","length":17}}
                {"timestamp":"1970-01-01T00:00:02.000000+0000","flow_id":7,"event_type":"http","src_ip":"10.0.0.1",\
                "src_port":4711,"dest_ip":"10.0.0.2","dest_port":80,"proto":"TCP","http":{"url":"/",\
                "http_method":"GET","protocol":"HTTP/1.0","length":0}}
                """,
                target.toString(StandardCharsets.UTF_8));
    }
}
