package dev.weir.xdp.filter;

import dev.weir.Blocklist;
import dev.weir.FlowKey;
import dev.weir.KernelOutcome;
import dev.weir.Verdict;
import dev.weir.spi.FlowOffload;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Several programs with maps of their own, as on the two interfaces of a bridge, that are told the same. */
public final class FilterGroup implements FlowOffload {
    private final List<FilterOffload> all;

    /** @param all at least one; they carry out the same verdicts */
    public FilterGroup(List<FilterOffload> all) {
        this.all = List.copyOf(all);
    }

    /** Each in its turn: for a moment they differ. */
    @Override
    public void block(Blocklist list) {
        all.forEach(each -> each.block(list));
    }

    @Override
    public Map<KernelOutcome, Count> counts() {
        Map<KernelOutcome, Count> sums = new EnumMap<>(KernelOutcome.class);
        for (FilterOffload each : all) {
            each.counts()
                    .forEach((outcome, count) -> sums.merge(
                            outcome,
                            count,
                            (one, other) -> new Count(one.packets() + other.packets(), one.bytes() + other.bytes())));
        }
        return sums;
    }

    @Override
    public String explain() {
        return "";
    }

    @Override
    public Set<Verdict.Kind> carriesOut() {
        return all.get(0).carriesOut();
    }

    @Override
    public boolean install(FlowKey key, Verdict.Kind verdict) {
        boolean installed = true;
        for (FilterOffload each : all) {
            installed &= each.install(key, verdict);
        }
        return installed;
    }

    @Override
    public int flush() {
        int lost = 0;
        for (FilterOffload each : all) {
            lost = Math.max(lost, each.flush());
        }
        return lost;
    }

    @Override
    public void expire() {
        all.forEach(FilterOffload::expire);
    }

    @Override
    public int installed() {
        return all.get(0).installed();
    }

    @Override
    public void close() {
        all.forEach(FilterOffload::close);
    }
}
