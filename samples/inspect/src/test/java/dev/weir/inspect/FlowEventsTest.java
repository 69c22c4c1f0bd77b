package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Attribution;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import dev.weir.SocketOwner;
import dev.weir.classify.Application;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class FlowEventsTest {
    private static final FlowKey WEB = FlowKey.of(Protocols.TCP, "192.168.2.14", 50096, "209.53.113.5", 80);
    private static final FlowKey NAMES = FlowKey.of(Protocols.UDP, "2001:db8::1", 5353, "2001:db8::2", 53);

    private final ByteArrayOutputStream target = new ByteArrayOutputStream();
    private final FlowEvents events = new FlowEvents(new EveWriter(new Output(target), "eth0", ZoneOffset.ofHours(1)));

    @Test
    void writesAClosedTcpFlowInTheNamesOfSuricata() {
        events.flowEnded(FixedFlow.of(7, WEB, 0x1b, 0x1a), FlowEnd.CLOSED);
        assertEquals(
                """
                {"timestamp":"2017-04-07T22:24:38.751547+0100","flow_id":7,"in_iface":"eth0","event_type":"flow",\
                "src_ip":"192.168.2.14","src_port":50096,"dest_ip":"209.53.113.5","dest_port":80,"proto":"TCP",\
                "flow":{"pkts_toserver":3,"pkts_toclient":2,"bytes_toserver":300,"bytes_toclient":2000,\
                "start":"2017-04-07T22:24:37.251547+0100","end":"2017-04-07T22:24:38.751547+0100","age":1,\
                "state":"established","reason":"timeout"},\
                "tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1a","syn":true,"fin":true,"psh":true,\
                "ack":true,"state":"fin_wait1"}}
                """,
                written());
    }

    @Test
    void listsVlansOutermostFirstAndGivesIcmpNoPorts() {
        FlowKey ping = FlowKey.of(Protocols.ICMP, "10.0.0.1", 77, "10.0.0.2", 77);
        FlowKey tagged = new FlowKey(
                4,
                Protocols.ICMP,
                ping.sourceHigh(),
                ping.sourceLow(),
                ping.destinationHigh(),
                ping.destinationLow(),
                77,
                77,
                0x1064_100aL);
        events.flowEnded(FixedFlow.of(1, tagged, 0, 0), FlowEnd.TABLE_FULL);
        String line = written();
        assertEquals(
                ",\"vlan\":[10,100],\"src_ip\":\"10.0.0.1\",\"dest_ip\":\"10.0.0.2\",\"proto\":\"ICMP\",\"flow\":",
                line.substring(line.indexOf(",\"vlan\""), line.indexOf("{\"pkts")));
        assertEquals("\"state\":\"established\",\"reason\":\"forced\"}}\n", line.substring(line.indexOf("\"state\"")));
    }

    @Test
    void writesFlowsThatAreOpenAtTheEndLastAndInTheOrderTheyBegan() {
        Flow second = FixedFlow.of(2, WEB, 2, 0);
        Flow third = FixedFlow.of(3, NAMES, 0, 0);
        events.flowEnded(third, FlowEnd.PIPELINE_CLOSED);
        events.flowEnded(second, FlowEnd.PIPELINE_CLOSED);
        events.flowEnded(FixedFlow.of(9, WEB, 2, 0), FlowEnd.IDLE);
        events.finish();
        assertEquals(
                "9 timeout, 2 shutdown, 3 shutdown",
                written()
                        .lines()
                        .map(line -> line.replaceAll(".*\"flow_id\":(\\d+).*\"reason\":\"(\\w+)\".*", "$1 $2"))
                        .reduce((a, b) -> a + ", " + b)
                        .orElse(""));
    }

    @Test
    void saysWhoStandsBehindAFlow() {
        SocketOwner curl = new SocketOwner(0, 4711, 1000, "ESTABLISHED", 12, "curl", "/user.slice");
        Attribution known = new Attribution("sockdiag", Attribution.Certainty.CERTAIN, curl, null, "an open socket");
        events.flowEnded(FixedFlow.of(1, NAMES, 0, 0).with(known), FlowEnd.IDLE);
        String line = written();
        assertEquals(
                """
                "process":{"certainty":"certain","correlator":"sockdiag","explanation":"an open socket",\
                "src":{"pid":12,"comm":"curl","uid":1000,"cgroup":"/user.slice","state":"ESTABLISHED","inode":4711}}}
                """,
                line.substring(line.indexOf("\"process\"")));
    }

    @Test
    void namesTheApplicationEvenOfAFlowThatIsPrintedAfterItsStatesAreGone() {
        FixedFlow flow = FixedFlow.of(1, NAMES, 0, 0);
        Application.of("dns", "example.com").keepIn(flow);
        events.flowEnded(flow, FlowEnd.PIPELINE_CLOSED);
        flow.states().clear();
        events.finish();
        assertTrue(written().contains("\"proto\":\"UDP\",\"app_proto\":\"dns\",\"flow\":{"), written());
    }

    @Test
    void leavesOutWhatIsNotIp() {
        events.flowEnded(FixedFlow.of(1, FlowKey.NOT_IP, 0, 0), FlowEnd.PIPELINE_CLOSED);
        events.finish();
        assertEquals("", written());
    }

    private String written() {
        events.refresh(null);
        return target.toString(StandardCharsets.UTF_8);
    }
}
