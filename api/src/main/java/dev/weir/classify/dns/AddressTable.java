package dev.weir.classify.dns;

import dev.weir.WeirException;
import dev.weir.packet.IpAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Prefixes of addresses: which is the longest that has this address? The prefixes, which lie within each other or apart, cut
 * all addresses into ranges; a look-up is a binary search for the range. Immutable; any thread.
 */
final class AddressTable {
    private static final int IPV4_BITS_BEFORE = 96;
    private static final int BITS = 128;

    private final long[] high;
    private final long[] low;
    private final int[] rules;

    private AddressTable(List<Start> starts) {
        int count = starts.size();
        high = new long[count];
        low = new long[count];
        rules = new int[count];
        for (int i = 0; i < count; i++) {
            high[i] = starts.get(i).high;
            low[i] = starts.get(i).low;
            rules[i] = starts.get(i).rule;
        }
    }

    /** From this address on, this rule. */
    private record Start(long high, long low, int rule) {}

    /** From the first to the last address of a prefix. */
    private record Prefix(long high, long low, long lastHigh, long lastLow, int bits, int rule) {
        static final Comparator<Prefix> ORDER = (a, b) -> {
            int order = compare(a.high, a.low, b.high, b.low);
            return order != 0 ? order : Integer.compare(a.bits, b.bits);
        };

        boolean contains(Prefix other) {
            return compare(other.high, other.low, lastHigh, lastLow) <= 0;
        }
    }

    private static int compare(long aHigh, long aLow, long bHigh, long bLow) {
        int order = Long.compareUnsigned(aHigh, bHigh);
        return order != 0 ? order : Long.compareUnsigned(aLow, bLow);
    }

    /** Looks for an address as {@link IpAddress} has it: the number of its rule, or -1. */
    int find(long addressHigh, long addressLow) {
        int from = 0;
        int to = rules.length - 1;
        int found = -1;
        while (from <= to) { // halves what is left
            int middle = from + to >>> 1;
            if (compare(high[middle], low[middle], addressHigh, addressLow) <= 0) {
                found = middle;
                from = middle + 1;
            } else {
                to = middle - 1;
            }
        }
        return found < 0 ? -1 : rules[found];
    }

    boolean isEmpty() {
        return rules.length == 0;
    }

    /** Collects prefixes. */
    static final class Builder {
        private final List<Prefix> prefixes = new ArrayList<>();

        /**
         * Adds {@code 192.0.2.0/24}, {@code 2001:db8::/32} or a single address.
         *
         * @throws WeirException when it is none, or has bits behind the prefix
         */
        void add(String text, int rule) {
            int slash = text.indexOf('/');
            IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
            int before = address.version() == 4 ? IPV4_BITS_BEFORE : 0;
            int bits = before + (slash < 0 ? BITS - before : bits(text, text.substring(slash + 1), BITS - before));
            long highMask = bits >= 64 ? -1 : bits == 0 ? 0 : -1L << 64 - bits;
            long lowMask = bits == BITS ? -1 : bits <= 64 ? 0 : -1L << BITS - bits;
            if ((address.high() & ~highMask) != 0 || (address.low() & ~lowMask) != 0) {
                throw new WeirException("the address " + text + " has bits set behind its prefix");
            }
            prefixes.add(new Prefix(
                    address.high(), address.low(), address.high() | ~highMask, address.low() | ~lowMask, bits, rule));
        }

        private static int bits(String text, String number, int most) {
            try {
                int bits = Integer.parseInt(number);
                if (bits >= 0 && bits <= most) {
                    return bits;
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw new WeirException("not an address prefix: " + text + "; its length must be 0 to " + most);
        }

        AddressTable build() {
            Prefix[] sorted = prefixes.toArray(new Prefix[0]);
            Arrays.sort(sorted, Prefix.ORDER); // stable: of equal prefixes the first stays, being the innermost
            List<Start> starts = new ArrayList<>();
            Deque<Prefix> open = new ArrayDeque<>();
            Prefix before = null;
            for (Prefix prefix : sorted) {
                if (before != null && Prefix.ORDER.compare(before, prefix) == 0) {
                    continue;
                }
                before = prefix;
                closeBefore(prefix, open, starts);
                start(starts, prefix.high, prefix.low, prefix.rule);
                open.push(prefix);
            }
            closeBefore(null, open, starts);
            return new AddressTable(starts);
        }

        /** Ends the open prefixes that do not contain the next one: the address behind belongs to what is around them. */
        private static void closeBefore(Prefix next, Deque<Prefix> open, List<Start> starts) {
            while (!open.isEmpty() && (next == null || !open.peek().contains(next))) {
                Prefix ended = open.pop();
                long behindLow = ended.lastLow + 1;
                long behindHigh = ended.lastHigh + (behindLow == 0 ? 1 : 0);
                if (behindHigh != 0 || behindLow != 0) { // else it ended with the last address there is
                    start(starts, behindHigh, behindLow, open.isEmpty() ? -1 : open.peek().rule);
                }
            }
        }

        /** Of two that start together the later one holds. */
        private static void start(List<Start> starts, long high, long low, int rule) {
            if (!starts.isEmpty()) {
                Start last = starts.get(starts.size() - 1);
                if (last.high == high && last.low == low) {
                    starts.remove(starts.size() - 1);
                }
            }
            starts.add(new Start(high, low, rule));
        }
    }
}
