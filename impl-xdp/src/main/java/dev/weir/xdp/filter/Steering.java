package dev.weir.xdp.filter;

import dev.weir.Protocols;
import dev.weir.WeirException;
import dev.weir.spi.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which packets go to Weir; all others go to the kernel's stack. Written as a list of entries, joined by commas:
 *
 * <ul>
 *   <li>{@code net:10.0.0.0/8}, {@code net:2001:db8::/32}: source or destination; the longest prefix counts
 *   <li>{@code tcp:22}, {@code udp:53}, {@code sctp:5060}, {@code port:53} (TCP and UDP): source or destination
 *   <li>{@code proto:icmp}, {@code proto:47}: the IP protocol
 *   <li>{@code vlan:7}: the outermost tag
 * </ul>
 *
 * <p>An entry with {@code !} before it names what goes to the kernel, and wins over others. With such entries alone,
 * everything else goes to Weir; with others, only what they name. {@code all} is the list without entries.
 */
public final class Steering {
    /** What {@link dev.weir.OptionSpec#allowed} says of an option that is read by {@link #of}. */
    public static final String ALLOWED =
            "all, or a list of net:PREFIX, port:N, tcp:N, udp:N, sctp:N, proto:NAME, vlan:N";

    /** Everything goes to Weir. */
    public static final Steering ALL = new Steering(List.of(), false);

    /** Nothing goes to Weir. */
    public static final Steering NOTHING = new Steering(List.of(), true);

    private static final int MAX_PORT = 65_535;
    private static final int MAX_VLAN = 4_094;
    private static final int MAX_PROTOCOL = 255;

    // Keys of the map "steering": WEIR_STEER_VLAN, WEIR_STEER_PROTOCOL, WEIR_STEER_PORT.
    private static final int VLAN = 0 << 24;
    private static final int PROTOCOL = 1 << 24;
    private static final int PORT = 2 << 24;

    private static final Map<String, int[]> WITH_PORTS = Map.of(
            "tcp", new int[] {Protocols.TCP},
            "udp", new int[] {Protocols.UDP},
            "sctp", new int[] {Protocols.SCTP},
            "port", new int[] {Protocols.TCP, Protocols.UDP});

    /**
     * One entry of a map.
     *
     * @param kind {@code WEIR_STEER_…}, one bit
     * @param key of the map "steering"; without meaning for prefixes
     * @param prefix for the tries, else null
     * @param value {@code WEIR_TO_WEIR} or {@code WEIR_TO_KERNEL}
     */
    record Entry(int kind, int key, Prefix prefix, int value) {}

    private final List<Entry> entries;
    private final boolean listedOnly;

    private Steering(List<Entry> entries, boolean listedOnly) {
        this.entries = List.copyOf(entries);
        this.listedOnly = listedOnly;
    }

    /**
     * Reads a list.
     *
     * @throws WeirException when an entry is none of these, with what is allowed
     */
    public static Steering parse(String text) {
        if (text.isBlank() || text.strip().equals("all")) {
            return ALL;
        }
        List<Entry> entries = new ArrayList<>();
        boolean listedOnly = false;
        for (String part : text.split(",")) {
            String entry = part.strip();
            boolean toKernel = entry.startsWith("!");
            listedOnly |= !toKernel;
            add(entries, toKernel ? entry.substring(1) : entry, toKernel ? Layout.WEIR_TO_KERNEL : Layout.WEIR_TO_WEIR);
        }
        return new Steering(entries, listedOnly);
    }

    /** Reads the list that an option has. */
    public static Steering of(Options options, String name) {
        try {
            return parse(options.text(name));
        } catch (WeirException e) {
            throw new WeirException("option " + name + ": " + e.getMessage(), e);
        }
    }

    private static void add(List<Entry> entries, String entry, int value) {
        int colon = entry.indexOf(':');
        String kind = colon < 0 ? "" : entry.substring(0, colon);
        String rest = entry.substring(colon + 1);
        if (kind.equals("net")) {
            Prefix prefix = Prefix.parse(rest);
            int map = prefix.address().version() == 4 ? Layout.WEIR_STEER_PREFIXES4 : Layout.WEIR_STEER_PREFIXES6;
            entries.add(new Entry(map, 0, prefix, value));
        } else if (kind.equals("vlan")) {
            entries.add(new Entry(Layout.WEIR_STEER_VLANS, VLAN | number(entry, rest, MAX_VLAN), null, value));
        } else if (kind.equals("proto")) {
            entries.add(new Entry(Layout.WEIR_STEER_PROTOCOLS, PROTOCOL | protocol(entry, rest) << 16, null, value));
        } else if (WITH_PORTS.containsKey(kind)) {
            for (int protocol : WITH_PORTS.get(kind)) {
                int key = PORT | protocol << 16 | number(entry, rest, MAX_PORT);
                entries.add(new Entry(Layout.WEIR_STEER_PORTS, key, null, value));
            }
        } else {
            throw wrong(entry);
        }
    }

    private static int protocol(String entry, String text) {
        return switch (text) {
            case "icmp" -> Protocols.ICMP;
            case "icmpv6" -> Protocols.IPV6_ICMP;
            case "tcp" -> Protocols.TCP;
            case "udp" -> Protocols.UDP;
            case "sctp" -> Protocols.SCTP;
            default -> number(entry, text, MAX_PROTOCOL);
        };
    }

    private static int number(String entry, String text, int max) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > max) {
            throw wrong(entry);
        }
        return Integer.parseInt(text);
    }

    private static WeirException wrong(String entry) {
        return new WeirException("\"" + entry + "\" does not say what is steered: write all, or a list of net:PREFIX,"
                + " port:N, tcp:N, udp:N, sctp:N, proto:NAME, vlan:N, each with ! before it for what goes to the"
                + " kernel");
    }

    List<Entry> entries() {
        return entries;
    }

    /** {@code weir_control.steering}. */
    int control() {
        int kinds = listedOnly ? Layout.WEIR_STEER_LISTED : 0;
        for (Entry entry : entries) {
            kinds |= entry.kind();
        }
        return kinds;
    }

    /** For people. */
    @Override
    public String toString() {
        if (entries.isEmpty()) {
            return listedOnly ? "nothing" : "everything";
        }
        return listedOnly ? "what is listed" : "everything but what is listed";
    }
}
