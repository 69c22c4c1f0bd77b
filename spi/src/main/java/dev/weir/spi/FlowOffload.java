package dev.weir.spi;

import dev.weir.FlowKey;
import dev.weir.KernelFilter;
import dev.weir.Verdict;
import java.util.Set;

/**
 * A {@link KernelFilter} that also carries out verdicts for whole flows. The methods added here are called by one thread,
 * the engine's own for this; those of the filter by any.
 */
public interface FlowOffload extends KernelFilter {
    /** Which flow verdicts it can carry out: {@code DROP}, {@code ACCEPT}, both. Of others it is not told. */
    Set<Verdict.Kind> carriesOut();

    /**
     * Takes a verdict for both directions of a flow, in the place of an earlier one; in force at the latest after
     * {@link #flush}. It ends a lifetime, given when the offload was opened, after the flow's last packet, or when a SYN
     * opens a new connection on the ports of a closed one: packets then come to Java again.
     *
     * @return false when it cannot be carried out: no room, or a flow that the kernel cannot tell from others
     */
    boolean install(FlowKey key, Verdict.Kind verdict);

    /** Hands what was collected to the kernel; returns how many of the verdicts had no room there. */
    int flush();

    /** Takes verdicts out that have ended. Called now and then. */
    void expire();

    /** Flow verdicts in the kernel now, as of the last {@link #expire}, those taken since added. */
    int installed();
}
