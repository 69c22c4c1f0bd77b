package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Attribution;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import dev.weir.SocketOwner;
import dev.weir.classify.Application;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableLayoutTest {
    private static final Attribution CURL = new Attribution(
            "sockdiag",
            Attribution.Certainty.CERTAIN,
            new SocketOwner(1, 2, 3, "ESTABLISHED", 12, "curl", ""),
            null,
            "found");
    private static final List<Flow> FLOWS = List.of(
            FixedFlow.of(1, FlowKey.of(Protocols.TCP, "192.168.2.14", 50096, "209.53.113.5", 80), 0x1b, 0x1b)
                    .with(CURL),
            FixedFlow.of(2, FlowKey.of(Protocols.UDP, "2001:db8::1", 5353, "2001:db8:1:2:3:4:5:6", 53), 0, 0)
                    .withBytes(1_234_567, 0)
                    .withPackets(12_345, 0),
            FixedFlow.of(3, FlowKey.of(Protocols.ICMP, "10.0.0.1", 77, "10.0.0.2", 77), 0, 0),
            FixedFlow.of(4, FlowKey.NOT_IP, 0, 0));
    private static final List<FlowRow> ROWS = FLOWS.stream().map(FlowRow::new).toList();

    @Test
    void alignsNumbersRightAndShowsProcesses() {
        assertEquals(
                """
                Proto   Client              Server                     Packets →  ←  Bytes →       ←  State        Lasted  Process
                TCP     192.168.2.14:50096  209.53.113.5:80                    3  2    300 B  2.0 kB  closed        1.5 s  curl/12
                UDP     [2001:db8::1]:5353  [2001:db8:1:2:3:4:5:6]:53     12,345  0   1.2 MB     0 B  new           1.5 s
                ICMP    10.0.0.1            10.0.0.2                           3  2    300 B  2.0 kB  established   1.5 s
                not IP                                                         3       300 B
                """,
                String.join("\n", TableLayout.lines(ROWS, 1000)) + "\n");
    }

    @Test
    void fitsAnyWidth() {
        for (int width = 40; width < 130; width++) {
            for (String line : TableLayout.lines(ROWS, width)) {
                assertTrue(line.length() <= width, "wider than " + width + ": " + line);
            }
        }
    }

    @Test
    void leavesOutColumnsThatNobodyNeeds() {
        String head = TableLayout.lines(ROWS.subList(1, 3), 1000).get(0);
        assertEquals(
                "Proto  Client              Server                     Packets →  ←  Bytes →       ←  State        Lasted",
                head);
    }

    @Test
    void namesTheApplicationTheServerAndTheFingerprint() {
        FlowRow row = FlowRow.of(FLOWS.get(0));
        new Application("tls", "www.example.com", List.of("h2"), "t13d1516h2_8daaf6152771_e5627efa2ab1")
                .keepIn(FLOWS.get(0));
        FlowRow.update(FLOWS.get(0));
        assertEquals(
                """
                Proto  App  Client              Server           Name             Packets →  ←  Bytes →       ←  State   Lasted  Fingerprint                           Process
                TCP    tls  192.168.2.14:50096  209.53.113.5:80  www.example.com          3  2    300 B  2.0 kB  closed   1.5 s  t13d1516h2_8daaf6152771_e5627efa2ab1  curl/12
                """,
                String.join("\n", TableLayout.lines(List.of(row), 1000)) + "\n");
    }

    @Test
    void printsNothingOfANameThatATerminalWouldObey() {
        FlowRow row = FlowRow.of(FLOWS.get(1));
        Application.of("dns", "a\033[2Jb\u009b").keepIn(FLOWS.get(1));
        FlowRow.update(FLOWS.get(1));
        String line = TableLayout.lines(List.of(row), 1000).get(1);
        assertTrue(line.contains("a·[2Jb·"), line);
    }
}
