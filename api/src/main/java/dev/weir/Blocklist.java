package dev.weir;

import dev.weir.packet.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a {@link KernelFilter} drops: prefixes of IPv4 and IPv6, ports, and flows; a packet that one entry names is
 * dropped. Immutable. Made for millions of entries: an IPv4 prefix takes 8 bytes.
 */
public final class Blocklist {
    /** The list without entries. */
    public static final Blocklist EMPTY = builder().build();

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /** Which address or port of a packet is looked at. */
    public enum Side {
        SOURCE,
        DESTINATION,
        /** Both: one of them is enough. */
        EITHER;

        private Side and(Side other) {
            return this == other ? this : EITHER;
        }
    }

    private record Ipv6(long high, long low, int lengthBits, Side side) {}

    /** The address above the length (8 bits) and the side (8 bits). */
    private final long[] ipv4;

    private final List<Ipv6> ipv6;
    private final int[] ports;
    private final List<FlowKey> flows;

    private Blocklist(long[] ipv4, List<Ipv6> ipv6, int[] ports, List<FlowKey> flows) {
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.ports = ports;
        this.flows = flows;
    }

    /** Starts with an empty list. */
    public static Builder builder() {
        return new Builder();
    }

    /** Entries of all kinds; of equal prefixes or ports one is left. */
    public int size() {
        return ipv4.length + ipv6.size() + ports.length + flows.size();
    }

    /** Is shown the entries: prefixes in the order of their addresses, shorter before longer ones. */
    public interface Visitor {
        /** @param address the 32 bits as a number; those behind the length are zero */
        void ipv4(int address, int lengthBits, Side side);

        /** @param high the upper 64 bits; those behind the length are zero */
        void ipv6(long high, long low, int lengthBits, Side side);

        /** @param protocol the IP protocol number */
        void port(int protocol, int port, Side side);

        /** @param key in one of its two directions; both are meant */
        void flow(FlowKey key);
    }

    /** Shows all entries to a visitor. */
    public void visit(Visitor visitor) {
        for (long entry : ipv4) {
            visitor.ipv4((int) (entry >>> 32), (int) entry >>> 8 & 0xff, side((int) entry));
        }
        for (Ipv6 entry : ipv6) {
            visitor.ipv6(entry.high, entry.low, entry.lengthBits, entry.side);
        }
        for (int entry : ports) {
            visitor.port(entry >>> 24, entry >>> 8 & 0xffff, side(entry));
        }
        flows.forEach(visitor::flow);
    }

    private static Side side(int entry) {
        return SIDES[entry & 0xff];
    }

    private static final Side[] SIDES = Side.values();

    /** Collects entries. For one thread. */
    public static final class Builder {
        private long[] ipv4 = new long[64];
        private int ipv4Count;
        private final List<Ipv6> ipv6 = new ArrayList<>();
        private int[] ports = new int[16];
        private int portCount;
        private final Set<FlowKey> flows = new LinkedHashSet<>();

        private Builder() {}

        /** A prefix such as {@code 203.0.113.0/24} or {@code 2001:db8::/32}, or one address; on either side. */
        public Builder prefix(String prefix) {
            return prefix(prefix, Side.EITHER);
        }

        /**
         * A prefix, or one address. Bits behind the length do not matter.
         *
         * @throws WeirException when the text is neither
         */
        public Builder prefix(String prefix, Side side) {
            int slash = prefix.indexOf('/');
            String address = slash < 0 ? prefix : prefix.substring(0, slash);
            long fast = dottedDecimal(address);
            if (fast >= 0) {
                return ipv4((int) fast, length(prefix, slash, IPV4_BITS), side);
            }
            IpAddress parsed = IpAddress.parse(address);
            int max = parsed.version() == 4 ? IPV4_BITS : IPV6_BITS;
            return prefix(parsed, length(prefix, slash, max), side);
        }

        private static int length(String prefix, int slash, int max) {
            if (slash < 0) {
                return max;
            }
            String length = prefix.substring(slash + 1);
            if (length.isEmpty() || length.length() > 3 || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw new WeirException("not a prefix: " + prefix);
            }
            return checkedLength(Integer.parseInt(length), max);
        }

        private static int checkedLength(int lengthBits, int max) {
            if (lengthBits < 0 || lengthBits > max) {
                throw new WeirException("the length of a prefix is 0 to " + max + ", not " + lengthBits);
            }
            return lengthBits;
        }

        /** The 32 bits of four decimal numbers; -1 for anything else. Allocates nothing. */
        private static long dottedDecimal(String text) {
            long address = 0;
            int number = -1;
            int dots = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '.' && number >= 0 && dots < 3) {
                    address = address << 8 | number;
                    number = -1;
                    dots++;
                } else if (c >= '0' && c <= '9' && number <= 25) {
                    number = Math.max(number, 0) * 10 + c - '0';
                    if (number > 255) {
                        return -1;
                    }
                } else {
                    return -1;
                }
            }
            return dots == 3 && number >= 0 ? address << 8 | number : -1;
        }

        /** A prefix of an address. Bits behind the length do not matter. */
        public Builder prefix(IpAddress address, int lengthBits, Side side) {
            if (address.version() == 4) {
                return ipv4((int) address.low(), lengthBits, side);
            }
            checkedLength(lengthBits, IPV6_BITS);
            ipv6.add(new Ipv6(
                    address.high() & mask(Math.min(lengthBits, 64)),
                    address.low() & mask(Math.max(lengthBits - 64, 0)),
                    lengthBits,
                    side));
            return this;
        }

        /**
         * A prefix of an IPv4 address; allocates only when the list has to grow.
         *
         * @param address the 32 bits as a number: 0x0a000001 is 10.0.0.1
         */
        public Builder ipv4(int address, int lengthBits, Side side) {
            long masked = (long) address << 32 & mask(checkedLength(lengthBits, IPV4_BITS));
            if (ipv4Count == ipv4.length) {
                ipv4 = Arrays.copyOf(ipv4, ipv4Count * 2);
            }
            ipv4[ipv4Count++] = masked | (long) lengthBits << 8 | side.ordinal();
            return this;
        }

        /** The upper bits of 64; none for 0. */
        private static long mask(int bits) {
            return bits == 0 ? 0 : -1L << 64 - bits;
        }

        /**
         * The prefixes of a file, one a line, on either side. Empty lines and what follows a {@code #} or {@code ;} are
         * left out, as published lists have them.
         *
         * @throws WeirException when the file cannot be read, or a line is no prefix: with its number
         */
        public Builder prefixes(Path file) {
            return prefixes(file, Side.EITHER);
        }

        /** As {@link #prefixes(Path)}, on one side. */
        public Builder prefixes(Path file, Side side) {
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                int number = 0;
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    number++;
                    String entry = withoutComment(line).strip();
                    if (!entry.isEmpty()) {
                        addLine(file, number, entry, side);
                    }
                }
                return this;
            } catch (IOException e) {
                throw new WeirException("the blocklist " + file + " cannot be read: " + e.getMessage(), e);
            }
        }

        private static String withoutComment(String line) {
            for (int i = 0; i < line.length(); i++) {
                if (line.charAt(i) == '#' || line.charAt(i) == ';') {
                    return line.substring(0, i);
                }
            }
            return line;
        }

        private void addLine(Path file, int number, String entry, Side side) {
            try {
                prefix(entry, side);
            } catch (WeirException e) {
                throw new WeirException(file + ", line " + number + ": " + e.getMessage(), e);
            }
        }

        /** A destination port: what is sent to it is dropped. */
        public Builder port(int protocol, int port) {
            return port(protocol, port, Side.DESTINATION);
        }

        /** @param protocol {@link Protocols#TCP}, {@link Protocols#UDP} or {@link Protocols#SCTP} */
        public Builder port(int protocol, int port, Side side) {
            if (port < 0
                    || port > 65_535
                    || protocol != Protocols.TCP && protocol != Protocols.UDP && protocol != Protocols.SCTP) {
                throw new WeirException(
                        "a port is 0 to 65535 of TCP, UDP or SCTP, not " + port + " of " + Protocols.name(protocol));
            }
            if (portCount == ports.length) {
                ports = Arrays.copyOf(ports, portCount * 2);
            }
            ports[portCount++] = protocol << 24 | port << 8 | side.ordinal();
            return this;
        }

        /**
         * A flow, both directions.
         *
         * @throws WeirException when it is not IP, or under more than two VLAN tags
         */
        public Builder flow(FlowKey key) {
            if (key.ipVersion() == 0 || key.vlans() >>> 32 != 0) {
                throw new WeirException("a flow of a blocklist is IP under at most two VLAN tags, not " + key);
            }
            if (!flows.contains(key.reversed())) {
                flows.add(key);
            }
            return this;
        }

        /** The list as it is now; the builder can go on. */
        public Blocklist build() {
            return new Blocklist(
                    merged(Arrays.copyOf(ipv4, ipv4Count)),
                    merged(ipv6),
                    merged(Arrays.copyOf(ports, portCount)),
                    List.copyOf(flows));
        }

        /** Equal but for the side: one is left, with the sides of both. */
        private static long[] merged(long[] entries) {
            for (int i = 0; i < entries.length; i++) {
                entries[i] ^= Long.MIN_VALUE; // as an unsigned number: 128.0.0.0 comes after 127.0.0.0
            }
            Arrays.sort(entries);
            int count = 0;
            for (long entry : entries) {
                long unsigned = entry ^ Long.MIN_VALUE;
                if (count > 0 && entries[count - 1] >>> 8 == unsigned >>> 8) {
                    entries[count - 1] = unsigned & ~0xffL
                            | side((int) entries[count - 1])
                                    .and(side((int) unsigned))
                                    .ordinal();
                } else {
                    entries[count++] = unsigned;
                }
            }
            return Arrays.copyOf(entries, count);
        }

        private static List<Ipv6> merged(List<Ipv6> entries) {
            List<Ipv6> sorted = new ArrayList<>(entries);
            sorted.sort(Comparator.comparing(Ipv6::high, Long::compareUnsigned)
                    .thenComparing(Ipv6::low, Long::compareUnsigned)
                    .thenComparing(Ipv6::lengthBits));
            List<Ipv6> merged = new ArrayList<>(sorted.size());
            for (Ipv6 entry : sorted) {
                Ipv6 last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
                if (last != null
                        && last.high == entry.high
                        && last.low == entry.low
                        && last.lengthBits == entry.lengthBits) {
                    merged.set(
                            merged.size() - 1,
                            new Ipv6(entry.high, entry.low, entry.lengthBits, last.side.and(entry.side)));
                } else {
                    merged.add(entry);
                }
            }
            return List.copyOf(merged);
        }

        private static int[] merged(int[] entries) {
            Arrays.sort(entries); // protocols are below 128 or order does not matter
            int count = 0;
            for (int entry : entries) {
                if (count > 0 && entries[count - 1] >>> 8 == entry >>> 8) {
                    entries[count - 1] = entry & ~0xff
                            | side(entries[count - 1]).and(side(entry)).ordinal();
                } else {
                    entries[count++] = entry;
                }
            }
            return Arrays.copyOf(entries, count);
        }
    }
}
