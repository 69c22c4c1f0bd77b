package dev.weir.inspect;

import dev.weir.Attribution;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import java.util.ArrayList;
import java.util.List;

/** Lays flows out as a table of text that is no wider than asked for; columns nobody has anything in are left out. */
final class TableLayout {
    /** Addresses are not cut below this. */
    private static final int LEAST_ADDRESS_WIDTH = 15;

    private static final String GAP = "  ";

    private enum Column {
        PROTOCOL("Proto", false),
        CLIENT("Client", false),
        SERVER("Server", false),
        VLAN("VLAN", false),
        PACKETS_SENT("Packets →", true),
        PACKETS_RECEIVED("←", true),
        BYTES_SENT("Bytes →", true),
        BYTES_RECEIVED("←", true),
        STATE("State", false),
        DURATION("Lasted", true),
        PROCESS("Process", false);

        final String title;
        final boolean right;

        Column(String title, boolean right) {
            this.title = title;
            this.right = right;
        }
    }

    private TableLayout() {}

    /** The lines of a table with a head; {@code width} in characters. */
    static List<String> lines(List<Flow> flows, int width) {
        List<String[]> rows = new ArrayList<>();
        flows.forEach(flow -> rows.add(row(flow)));
        int[] widths = widths(rows);
        fit(widths, width);
        List<String> lines = new ArrayList<>();
        String[] head = new String[widths.length];
        for (Column column : Column.values()) {
            head[column.ordinal()] = column.title;
        }
        lines.add(line(head, widths));
        rows.forEach(row -> lines.add(line(row, widths)));
        return lines;
    }

    private static String[] row(Flow flow) {
        FlowKey key = flow.key();
        boolean ip = flow.isIp();
        String[] row = new String[Column.values().length];
        row[Column.PROTOCOL.ordinal()] = ip ? Protocols.name(key.protocol()) : "not IP";
        row[Column.CLIENT.ordinal()] = ip ? endpoint(key, key.source(), key.sourcePort()) : "";
        row[Column.SERVER.ordinal()] = ip ? endpoint(key, key.destination(), key.destinationPort()) : "";
        row[Column.VLAN.ordinal()] = vlans(key.vlans());
        row[Column.PACKETS_SENT.ordinal()] = Units.count(flow.packets(Direction.FORWARD));
        row[Column.PACKETS_RECEIVED.ordinal()] = ip ? Units.count(flow.packets(Direction.REVERSE)) : "";
        row[Column.BYTES_SENT.ordinal()] = Units.bytes(flow.bytes(Direction.FORWARD));
        row[Column.BYTES_RECEIVED.ordinal()] = ip ? Units.bytes(flow.bytes(Direction.REVERSE)) : "";
        row[Column.STATE.ordinal()] = ip ? FlowStage.of(flow).toString() : "";
        row[Column.DURATION.ordinal()] = ip ? Units.duration(flow.lastSeenNs() - flow.firstSeenNs()) : "";
        row[Column.PROCESS.ordinal()] = process(flow.attribution());
        return row;
    }

    private static String endpoint(FlowKey key, String address, int port) {
        boolean ports =
                key.protocol() == Protocols.TCP || key.protocol() == Protocols.UDP || key.protocol() == Protocols.SCTP;
        if (!ports) {
            return address;
        }
        return key.ipVersion() == 6 ? "[" + address + "]:" + port : address + ":" + port;
    }

    private static String vlans(long vlans) {
        StringBuilder text = new StringBuilder();
        for (long rest = vlans; rest != 0; rest >>>= 16) {
            text.append(text.isEmpty() ? "" : ",").append(rest & 0xfff);
        }
        return text.toString();
    }

    private static String process(Attribution attribution) {
        if (!attribution.isKnown()) {
            return "";
        }
        String doubt = attribution.certainty() == Attribution.Certainty.LIKELY ? "?" : "";
        if (attribution.initiator() == null || attribution.responder() == null) {
            return attribution.owner() == null ? "" : attribution.owner() + doubt;
        }
        return attribution.initiator() + " → " + attribution.responder() + doubt;
    }

    /** How wide each column wants to be; 0 for one without content. */
    private static int[] widths(List<String[]> rows) {
        int[] widths = new int[Column.values().length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (Column column : Column.values()) {
            boolean optional = column == Column.VLAN || column == Column.PROCESS;
            if (widths[column.ordinal()] > 0 || !optional) {
                widths[column.ordinal()] = Math.max(widths[column.ordinal()], column.title.length());
            }
        }
        return widths;
    }

    /** Takes what is too much from the widest of the address columns, then leaves out columns from the right. */
    private static void fit(int[] widths, int limit) {
        int client = Column.CLIENT.ordinal();
        int server = Column.SERVER.ordinal();
        int tooMuch = total(widths) - limit;
        while (tooMuch > 0 && Math.max(widths[client], widths[server]) > LEAST_ADDRESS_WIDTH) {
            widths[widths[client] > widths[server] ? client : server]--;
            tooMuch--;
        }
        for (int i = widths.length - 1; i > server && total(widths) > limit; i--) {
            widths[i] = 0;
        }
    }

    private static int total(int[] widths) {
        int total = -GAP.length();
        for (int width : widths) {
            total += width == 0 ? 0 : width + GAP.length();
        }
        return total;
    }

    private static String line(String[] cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (Column column : Column.values()) {
            int width = widths[column.ordinal()];
            if (width == 0) {
                continue;
            }
            String cell = cut(cells[column.ordinal()], width);
            String padding = " ".repeat(width - cell.length());
            line.append(line.isEmpty() ? "" : GAP);
            line.append(column.right ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }

    private static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - 1) + "…";
    }
}
