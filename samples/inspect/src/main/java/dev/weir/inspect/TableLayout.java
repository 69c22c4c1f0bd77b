package dev.weir.inspect;

import dev.weir.Attribution;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import dev.weir.classify.Application;
import java.util.ArrayList;
import java.util.List;

/** Lays flows out as a table of text that is no wider than asked for; columns nobody has anything in are left out. */
final class TableLayout {
    /** Addresses are not cut below this. */
    private static final int LEAST_ADDRESS_WIDTH = 15;

    private static final String GAP = "  ";

    private enum Column {
        PROTOCOL("Proto", false),
        APPLICATION("App", false),
        CLIENT("Client", false),
        SERVER("Server", false),
        NAME("Name", false),
        VLAN("VLAN", false),
        PACKETS_SENT("Packets →", true),
        PACKETS_RECEIVED("←", true),
        BYTES_SENT("Bytes →", true),
        BYTES_RECEIVED("←", true),
        STATE("State", false),
        DURATION("Lasted", true),
        FINGERPRINT("Fingerprint", false),
        PROCESS("Process", false);

        final String title;
        final boolean right;

        Column(String title, boolean right) {
            this.title = title;
            this.right = right;
        }

        /** Left out where nobody has anything in it. */
        boolean optional() {
            return switch (this) {
                case APPLICATION, NAME, VLAN, FINGERPRINT, PROCESS -> true;
                default -> false;
            };
        }
    }

    private TableLayout() {}

    /** The lines of a table with a head; {@code width} in characters. */
    static List<String> lines(List<FlowRow> flows, int width) {
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

    private static String[] row(FlowRow shown) {
        Flow flow = shown.flow();
        Application application = shown.application();
        FlowKey key = flow.key();
        boolean ip = flow.isIp();
        String[] row = new String[Column.values().length];
        row[Column.PROTOCOL.ordinal()] = ip ? Protocols.name(key.protocol()) : "not IP";
        row[Column.APPLICATION.ordinal()] = application.protocol();
        row[Column.CLIENT.ordinal()] = ip ? endpoint(key, key.source(), key.sourcePort()) : "";
        row[Column.SERVER.ordinal()] = ip ? endpoint(key, key.destination(), key.destinationPort()) : "";
        row[Column.NAME.ordinal()] = printable(application.serverName());
        row[Column.VLAN.ordinal()] = vlans(key.vlans());
        row[Column.PACKETS_SENT.ordinal()] = Units.count(flow.packets(Direction.FORWARD));
        row[Column.PACKETS_RECEIVED.ordinal()] = ip ? Units.count(flow.packets(Direction.REVERSE)) : "";
        row[Column.BYTES_SENT.ordinal()] = Units.bytes(flow.bytes(Direction.FORWARD));
        row[Column.BYTES_RECEIVED.ordinal()] = ip ? Units.bytes(flow.bytes(Direction.REVERSE)) : "";
        row[Column.STATE.ordinal()] = ip ? FlowStage.of(flow).toString() : "";
        row[Column.DURATION.ordinal()] = ip ? Units.duration(flow.lastSeenNs() - flow.firstSeenNs()) : "";
        row[Column.FINGERPRINT.ordinal()] = application.fingerprint();
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

    /** A name is what a stranger sent: nothing in it may move the cursor. */
    private static String printable(String name) {
        StringBuilder text = new StringBuilder(name.length());
        name.codePoints().forEach(c -> text.appendCodePoint(Character.isISOControl(c) ? '·' : c));
        return text.toString();
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
            if (widths[column.ordinal()] > 0 || !column.optional()) {
                widths[column.ordinal()] = Math.max(widths[column.ordinal()], column.title.length());
            }
        }
        return widths;
    }

    /** Takes what is too much from the widest of names and addresses, then leaves out columns from the right. */
    private static void fit(int[] widths, int limit) {
        int[] elastic = {Column.CLIENT.ordinal(), Column.SERVER.ordinal(), Column.NAME.ordinal()};
        for (int tooMuch = total(widths) - limit; tooMuch > 0; tooMuch--) {
            int widest = elastic[0];
            for (int column : elastic) {
                widest = widths[column] > widths[widest] ? column : widest;
            }
            if (widths[widest] <= LEAST_ADDRESS_WIDTH) {
                break;
            }
            widths[widest]--;
        }
        for (int i = widths.length - 1; i > Column.SERVER.ordinal() && total(widths) > limit; i--) {
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
