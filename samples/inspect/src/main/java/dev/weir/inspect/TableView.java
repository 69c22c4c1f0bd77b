package dev.weir.inspect;

import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.Ledger;
import dev.weir.NanoClock;
import dev.weir.Packet;
import dev.weir.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The table of flows: live once a second where the output is a terminal, and in the end as plain text. */
final class TableView implements View {
    private static final int KEPT_FLOWS = 100_000;
    private static final int UNLIMITED = Integer.MAX_VALUE;

    /** The final table on a terminal is for reading; who wants all takes {@code --json}, or a file. */
    private static final int MOST_ROWS_ON_TERMINAL = 50;

    private static final long REFRESH_NS = 1_000_000_000L;

    /** Asking for the terminal's size starts a process: not with every refresh. */
    private static final int REFRESHES_PER_SIZE = 5;

    private final String capture;
    private final Integer top;
    private final Output output;
    private final Terminal terminal;
    private final NanoClock clock;
    private final LiveScreen screen;
    private final FlowTable flows = new FlowTable(KEPT_FLOWS);
    private Terminal.Size size;
    private long startedNs = -1;
    private long drawnNs;
    private long drawnPackets;
    private long drawnBytes;
    private int draws;

    /** @param top how many flows to show in the end, or null for what suits the output */
    TableView(String capture, Integer top, Output output, Terminal terminal, NanoClock clock) {
        this.capture = capture;
        this.output = output;
        this.terminal = terminal;
        this.top = top;
        this.clock = clock;
        this.screen = new LiveScreen(output);
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        FlowRow.update(flow);
        if (!packet.headers().isIp()) {
            flows.addOnce(flow); // nobody is told that a worker's flow of such packets has started
        }
        return Verdict.CONTINUE;
    }

    @Override
    public void flowStarted(Flow flow) {
        flows.add(flow);
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        FlowRow.update(flow);
    }

    @Override
    public void refresh(Ledger ledger) {
        long nowNs = clock.nanoTime();
        if (startedNs < 0) {
            startedNs = nowNs;
            drawnNs = nowNs;
        }
        if (terminal.output() && nowNs - drawnNs >= REFRESH_NS) {
            if (draws++ % REFRESHES_PER_SIZE == 0) {
                size = terminal.size();
            }
            screen.draw(live(ledger, nowNs));
            drawnNs = nowNs;
            drawnPackets = ledger.received();
            drawnBytes = ledger.receivedBytes();
        }
    }

    private List<String> live(Ledger ledger, long nowNs) {
        double seconds = (nowNs - drawnNs) / 1e9;
        String rates = Units.count(Math.round((ledger.received() - drawnPackets) / seconds)) + " packets/s, "
                + Units.bytes(Math.round((ledger.receivedBytes() - drawnBytes) / seconds)) + "/s";
        List<String> lines = new ArrayList<>();
        lines.add(capture + "   " + Units.duration(nowNs - startedNs) + "   " + rates);
        lines.add(Units.count(ledger.received(), "packet") + ", " + Units.bytes(ledger.receivedBytes()) + ", "
                + Units.count(flows.count(), "flow") + ", " + Units.count(ledger.lost()) + " lost"
                + "   (Ctrl-C ends)");
        lines.add("");
        lines.addAll(TableLayout.lines(flows.largest(Math.max(1, size.rows() - 5)), size.columns()));
        return lines.stream()
                .limit(size.rows())
                .map(line -> line.length() <= size.columns() ? line : line.substring(0, size.columns()))
                .toList();
    }

    @Override
    public void finish() {
        screen.leave();
        int limit = top != null ? top : terminal.output() ? MOST_ROWS_ON_TERMINAL : UNLIMITED;
        int width = terminal.output() ? terminal.size().columns() : UNLIMITED;
        List<FlowRow> shown = flows.largest(limit);
        List<String> lines = new ArrayList<>();
        if (!shown.isEmpty()) {
            lines.addAll(TableLayout.lines(shown, width));
            long left = flows.count()
                    - shown.stream().filter(row -> row.flow().isIp()).count();
            if (left > 0) {
                lines.add("… and " + Units.count(left, "flow") + " with fewer bytes; --json gives all");
            }
            lines.add("");
        }
        byte[] text = (String.join("\n", lines) + (lines.isEmpty() ? "" : "\n")).getBytes(StandardCharsets.UTF_8);
        output.write(text, 0, text.length);
        output.flush();
    }
}
