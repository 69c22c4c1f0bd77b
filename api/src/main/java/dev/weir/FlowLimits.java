package dev.weir;

import java.time.Duration;
import java.util.Objects;

/**
 * Bounds of the flow table.
 *
 * @param maxFlows flows kept at once, divided evenly among the workers; when a worker's share is full, the flow longest
 *     without a packet among sixteen makes room and is counted. Each costs 16 to 32 bytes from the start, each flow
 *     about 300 bytes while it lives
 * @param idleTimeout a flow without a packet for so long is evicted
 * @param sweepInterval every flow is looked at once in this time, a few with every batch of packets, never all at once
 * @param closedTimeout a TCP flow that has ended stays so long, for its last acknowledgements; one that was reset while it
 *     was open stays until it is idle, as the RST may not have been believed where it went
 * @param maxFlowVerdicts verdicts for whole flows that outlive their flow's eviction; when full, the one that expires
 *     first of sixteen makes room and is counted
 * @param flowVerdictLifetime how long such a verdict is kept after the flow's last packet
 */
public record FlowLimits(
        int maxFlows,
        Duration idleTimeout,
        Duration sweepInterval,
        Duration closedTimeout,
        int maxFlowVerdicts,
        Duration flowVerdictLifetime) {
    /** 262,144 flows, 60 s idle, swept every 30 s, 5 s after close, 65,536 verdicts for 10 minutes. */
    public static final FlowLimits DEFAULT = new FlowLimits(
            262_144,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5),
            65_536,
            Duration.ofMinutes(10));

    public FlowLimits {
        if (maxFlows < 16 || maxFlows > 1 << 26) {
            throw new WeirException("maxFlows must be 16 to 67108864, not " + maxFlows);
        }
        if (maxFlowVerdicts < 0 || maxFlowVerdicts > 1 << 26) {
            throw new WeirException("maxFlowVerdicts must be 0 to 67108864, not " + maxFlowVerdicts);
        }
        positive("idleTimeout", idleTimeout);
        positive("sweepInterval", sweepInterval);
        positive("closedTimeout", closedTimeout);
        positive("flowVerdictLifetime", flowVerdictLifetime);
    }

    private static void positive(String name, Duration duration) {
        Objects.requireNonNull(duration, name);
        if (duration.isNegative() || duration.isZero() || duration.compareTo(Duration.ofDays(365)) > 0) {
            throw new WeirException(name + " must be more than zero and at most a year, not " + duration);
        }
    }

    /** The same with another bound on flows. */
    public FlowLimits withMaxFlows(int flows) {
        return new FlowLimits(flows, idleTimeout, sweepInterval, closedTimeout, maxFlowVerdicts, flowVerdictLifetime);
    }

    /** The same with other times for idle flows. */
    public FlowLimits withIdle(Duration timeout, Duration sweep) {
        return new FlowLimits(maxFlows, timeout, sweep, closedTimeout, maxFlowVerdicts, flowVerdictLifetime);
    }

    /** The same with other bounds on flow verdicts. */
    public FlowLimits withFlowVerdicts(int verdicts, Duration lifetime) {
        return new FlowLimits(maxFlows, idleTimeout, sweepInterval, closedTimeout, verdicts, lifetime);
    }
}
