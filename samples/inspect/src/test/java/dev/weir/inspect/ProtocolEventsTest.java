package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Direction;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ProtocolEventsTest {
    private static final SerializedString DNS = new SerializedString("dns");

    private final ByteArrayOutputStream target = new ByteArrayOutputStream();
    private final EveWriter eve = new EveWriter(new Output(target), null, ZoneOffset.UTC);

    @Test
    void printsWhatAllEventsHaveAndTheObjectOfTheProtocolInTheDirectionAskedFor() {
        FixedFlow flow = FixedFlow.of(7, FlowKey.of(Protocols.UDP, "10.0.0.1", 5353, "10.0.0.53", 53), 0, 0);
        ProtocolEvents events = new ProtocolEvents(eve);
        events.print(DNS, 1_000_000_000L, flow, Direction.FORWARD, json -> json.writeStringField("type", "query"));
        events.print(DNS, 2_000_000_000L, flow, Direction.REVERSE, json -> json.writeStringField("type", "answer"));
        eve.flush();
        assertEquals(
                """
                {"timestamp":"1970-01-01T00:00:01.000000+0000","flow_id":7,"event_type":"dns","src_ip":"10.0.0.1",\
                "src_port":5353,"dest_ip":"10.0.0.53","dest_port":53,"proto":"UDP","dns":{"type":"query"}}
                {"timestamp":"1970-01-01T00:00:02.000000+0000","flow_id":7,"event_type":"dns","src_ip":"10.0.0.53",\
                "src_port":53,"dest_ip":"10.0.0.1","dest_port":5353,"proto":"UDP","dns":{"type":"answer"}}
                """,
                target.toString(StandardCharsets.UTF_8));
    }
}
