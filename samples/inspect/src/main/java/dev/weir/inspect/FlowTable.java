package dev.weir.inspect;

import dev.weir.Flow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The flows that a table is made of, open and ended. Bounded: when there are too many, those with the fewest bytes are
 * let go and only counted. Any thread.
 */
final class FlowTable {
    private final int capacity;
    private final List<FlowRow> flows = new ArrayList<>();
    private final List<FlowRow> notIpFlows = new ArrayList<>();
    private long forgotten;

    /** Keeps at least {@code capacity} flows, at most twice as many. */
    FlowTable(int capacity) {
        this.capacity = capacity;
    }

    synchronized void add(Flow flow) {
        if (flows.size() >= 2 * capacity) {
            List<FlowRow> largest = largest(capacity);
            forgotten += flows.size() - largest.size();
            flows.clear();
            flows.addAll(largest);
        }
        flows.add(FlowRow.of(flow));
    }

    /** Adds one of the few flows of packets that are not IP, unless it is there. */
    synchronized void addOnce(Flow notIp) {
        if (notIpFlows.stream().noneMatch(row -> row.flow() == notIp)) {
            notIpFlows.add(new FlowRow(notIp));
        }
    }

    /** Flows ever added that are IP and have packets. */
    synchronized long count() {
        return forgotten + flows.stream().filter(FlowTable::shown).count();
    }

    /** The flows with most bytes, in that order; packets that are not IP come last, as one row. */
    synchronized List<FlowRow> largest(int limit) {
        record Sized(FlowRow row, long bytes) {
            Flow flow() {
                return row.flow();
            }
        }
        // The sizes move while we sort: they are read once.
        Sized[] sized = Stream.concat(flows.stream(), notIpFlows.stream())
                .filter(row -> row.flow().packets() > 0)
                .map(row -> new Sized(row, row.flow().bytes()))
                .toArray(Sized[]::new);
        Arrays.sort(
                sized,
                Comparator.comparing((Sized entry) -> !entry.flow().isIp())
                        .thenComparing(Comparator.comparingLong(Sized::bytes).reversed())
                        .thenComparing(entry -> entry.flow().firstSeenNs())
                        .thenComparing(entry -> entry.flow().id()));
        return Arrays.stream(sized).limit(limit).map(Sized::row).toList();
    }

    private static boolean shown(FlowRow row) {
        return row.flow().isIp() && row.flow().packets() > 0;
    }
}
