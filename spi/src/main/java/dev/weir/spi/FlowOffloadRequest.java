package dev.weir.spi;

import java.util.Objects;

/**
 * What a kernel filter is opened with.
 *
 * @param target what stands between the colon and the options: interfaces
 * @param options the options given; names are known to be among {@link FlowOffloadProvider#options()}
 * @param maxFlows how many flow verdicts there may be at once; 0 for a filter that gets none
 * @param flowLifetimeNs how long a flow verdict lasts after the flow's last packet
 */
public record FlowOffloadRequest(String target, Options options, int maxFlows, long flowLifetimeNs) {
    public FlowOffloadRequest {
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(options, "options");
    }
}
