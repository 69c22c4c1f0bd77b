package dev.weir.xdp.filter;

import dev.weir.Blocklist;
import dev.weir.FlowKey;
import dev.weir.KernelOutcome;
import dev.weir.Verdict;
import dev.weir.spi.FlowOffload;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Blocklist and flow verdicts of loaded programs, for whoever has attached them. */
public class FilterOffload implements FlowOffload {
    private static final KernelOutcome[] OUTCOMES = KernelOutcome.values();

    private final FilterMaps maps;
    private final FlowVerdicts verdicts;
    private final Set<Verdict.Kind> carriesOut;
    private final Supplier<String> explanation;
    private Map<KernelOutcome, Count> last;

    /**
     * Of maps that stay open for as long as this.
     *
     * @param carriesOut of flow verdicts: DROP, ACCEPT, both or none
     * @param flowLifetimeNs how long a flow verdict lasts after the flow's last packet
     * @param explanation what stands in {@link #explain()}
     */
    public FilterOffload(
            FilterMaps maps, Set<Verdict.Kind> carriesOut, long flowLifetimeNs, Supplier<String> explanation) {
        this.maps = maps;
        this.carriesOut = Set.copyOf(carriesOut);
        this.verdicts = maps.flowVerdicts(carriesOut.isEmpty() ? 0 : flowLifetimeNs);
        this.explanation = explanation;
    }

    @Override
    public synchronized void block(Blocklist list) {
        requireOpen();
        maps.block(list);
    }

    @Override
    public synchronized Map<KernelOutcome, Count> counts() {
        if (last != null) {
            return last;
        }
        FilterCounts counts = maps.counts();
        Map<KernelOutcome, Count> all = new EnumMap<>(KernelOutcome.class);
        for (KernelOutcome outcome : OUTCOMES) {
            all.put(outcome, new Count(counts.packets(outcome.ordinal()), counts.bytes(outcome.ordinal())));
        }
        return all;
    }

    @Override
    public String explain() {
        return explanation.get();
    }

    @Override
    public Set<Verdict.Kind> carriesOut() {
        return carriesOut;
    }

    @Override
    public boolean install(FlowKey key, Verdict.Kind verdict) {
        return verdicts.install(key, verdict);
    }

    @Override
    public int flush() {
        return verdicts.flush();
    }

    @Override
    public void expire() {
        verdicts.expire();
    }

    @Override
    public int installed() {
        return verdicts.installed();
    }

    private void requireOpen() {
        if (last != null) {
            throw new IllegalStateException("the filter is closed");
        }
    }

    /** True the first time. Keeps the last counts; the maps are their owner's to close. */
    protected final synchronized boolean end() {
        if (last != null) {
            return false;
        }
        last = counts();
        return true;
    }

    @Override
    public void close() {
        end();
    }
}
