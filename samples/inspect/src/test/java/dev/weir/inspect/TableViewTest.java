package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowKey;
import dev.weir.Ledger;
import dev.weir.Protocols;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableViewTest {
    private static final Ledger NOTHING =
            new Ledger(List.of(), List.of(), Map.of(), 0, 0, 0, 0, 0, 0, 0, 0, "", 0, 0, Map.of(), true);

    private long nowNs = 5;
    private final ByteArrayOutputStream target = new ByteArrayOutputStream();

    @Test
    void redrawsAScreenThatFitsAndGivesTheTerminalBack() {
        TableView view = new TableView(
                "afpacket:eth0",
                null,
                new Output(target),
                new Terminal(true, true, () -> new Terminal.Size(70, 10)),
                () -> nowNs);
        for (int i = 1; i <= 30; i++) {
            view.flowStarted(FixedFlow.of(i, key(i), 0x12, 0x12).withBytes(i, 0));
        }
        view.refresh(NOTHING);
        assertEquals("", written(), "nothing flickers where the capture ends within a second");
        nowNs += 1_000_000_000L;
        view.refresh(NOTHING);
        String screen = written();
        assertTrue(screen.startsWith("\033[?1049h\033[?25l\033[H"), screen);
        assertEquals(9, screen.lines().count(), screen);
        assertTrue(
                screen.lines()
                        .allMatch(line ->
                                line.replaceAll("\033\\[[?0-9]*[a-zA-Z]", "").length() <= 70),
                screen);
        assertTrue(screen.contains("10.0.0.30"), "the flow with most bytes is there: " + screen);
        target.reset();
        view.finish();
        assertTrue(written().startsWith("\033[?25h\033[?1049l"), written());
    }

    @Test
    void printsEveryFlowWhereThereIsNoTerminal() {
        TableView view = new TableView("pcap:x", null, new Output(target), Terminal.NONE, () -> nowNs);
        for (int i = 1; i <= 80; i++) {
            view.flowStarted(FixedFlow.of(i, key(i), 0x12, 0x12).withBytes(1000 - i, 0));
        }
        view.finish();
        List<String> lines = written().lines().toList();
        assertEquals(82, lines.size());
        assertTrue(lines.get(1).startsWith("TCP    10.0.0.1:"), lines.get(1));
        assertFalse(written().contains("\033"));
    }

    @Test
    void saysHowManyFlowsATerminalIsNotShown() {
        TableView view = new TableView(
                "pcap:x",
                null,
                new Output(target),
                new Terminal(true, true, () -> new Terminal.Size(200, 24)),
                () -> nowNs);
        for (int i = 1; i <= 80; i++) {
            view.flowStarted(FixedFlow.of(i, key(i), 0x12, 0x12));
        }
        view.finish();
        assertTrue(written().contains("\n… and 30 flows with fewer bytes; --json gives all\n"), written());
    }

    @Test
    void letsTheSmallestFlowsGoWhenThereAreTooMany() {
        FlowTable flows = new FlowTable(10);
        for (int i = 1; i <= 55; i++) {
            flows.add(FixedFlow.of(i, key(i), 0, 0).withBytes(i, 0));
        }
        assertEquals(55, flows.count());
        assertEquals(
                List.of(55L, 54L, 53L),
                flows.largest(3).stream().map(row -> row.flow().id()).toList());
    }

    private static FlowKey key(int i) {
        return FlowKey.of(Protocols.TCP, "10.0.0." + i, 1024 + i, "192.168.0.1", 80);
    }

    private String written() {
        return target.toString(StandardCharsets.UTF_8);
    }
}
