package dev.weir;

import dev.weir.runtime.WeirRuntime;
import java.util.Map;

/**
 * Drops packets in the kernel, before anything reaches Java, as a {@link Blocklist} says. Attached to one interface or
 * several for as long as it is open; when the process dies the kernel detaches it.
 *
 * <pre>{@code
 * try (KernelFilter filter = KernelFilter.open("bpf:eth0")) {
 *     filter.block(Blocklist.builder().prefixes(Path.of("drop.txt")).build());
 *     …
 *     filter.block(newer); // in one step: no packet sees half of it
 * }
 * }</pre>
 *
 * <p>A pipeline can have one as well, which then also carries out verdicts for whole flows
 * ({@link PipelineBuilder#offload}, {@link Pipeline#kernelFilter}). Any thread may call.
 */
public interface KernelFilter extends AutoCloseable {
    /** Opens a filter named {@code bpf:INTERFACE,…?option=value&…}. */
    static KernelFilter open(String name) {
        return open(name, Map.of());
    }

    /**
     * Opens a filter, with options given as they are, without escapes.
     *
     * @throws WeirException when something is missing, wrong or not possible here, with what to do; nothing is left
     *     behind
     */
    static KernelFilter open(String name, Map<String, String> options) {
        return WeirRuntime.find(null).openKernelFilter(name, options, null);
    }

    /**
     * Puts a list in the place of the one before, as a whole and in one step: each packet is judged by the one or by the
     * other. Returns when no packet is judged by the former one any more. A million entries take about a second and,
     * while both lists exist, twice their memory.
     *
     * @throws WeirException when the kernel has no memory for it; the former list stays in force
     */
    void block(Blocklist list);

    /** Packets and bytes by outcome, on all interfaces, since it was opened; every outcome is there. Allocates. */
    Map<KernelOutcome, Count> counts();

    /** What was asked for, what was got, and why, in lines for people. */
    String explain();

    /** Detaches. Called twice, it does nothing. */
    @Override
    void close();

    /**
     * A count.
     *
     * @param packets as the kernel had them there: what its receive offload (GRO) joined before tc counts once
     * @param bytes with the link header where there is one
     */
    record Count(long packets, long bytes) {}
}
