package dev.weir.xdp;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What was asked for, what was got, and why. */
record Explanation(
        Settings settings,
        Layout layout,
        Links links,
        int[] queues,
        Attachment.Plan plan,
        List<String> refusedPlans,
        boolean zeroCopy) {

    List<String> lines() {
        List<String> lines = new ArrayList<>(links.explain());
        lines.add(copies());
        refusedPlans.forEach(refused -> lines.add("refused: " + refused));
        lines.add((queues.length == 1 ? "receive queue " : "receive queues ")
                + IntStream.of(queues).mapToObj(Integer::toString).collect(Collectors.joining(", ")) + " of "
                + links.queuesAtStart() + ", each with a socket of its own"
                + (queues.length > 1 ? ": the two directions of a flow may differ" : ""));
        lines.add("umem of " + layout.frames() + " frames of " + settings.frameSizeBytes() + " bytes ("
                + ((long) layout.frames() * settings.frameSizeBytes() >> 20) + " MiB"
                + (settings.hugePages() ? " of huge pages" : "") + ") "
                + (settings.sharedUmem() ? "out of one region, " : "") + "for each queue: up to "
                + layout.maxPackets() + " packets may be held; rings of " + settings.ringSize());
        if (layout.multiBuffer()) {
            lines.add(
                    plan.multiBuffer()
                            ? "multi-buffer: packets of more than " + layout.roomBytes()
                                    + " bytes take several frames, and are gathered to be read"
                            : "multi-buffer was refused: packets of more than " + layout.roomBytes()
                                    + " bytes are lost, and counted");
        }
        if (settings.coalesceNs() > 0) {
            lines.add("while packets come densely, they are taken every " + settings.coalesceNs() / 1000
                    + " µs, earlier where the ring would fill (coalesce=)");
        }
        if (settings.busyPollUs() > 0) {
            lines.add("busy polling of " + settings.busyPollUs() + " µs, " + settings.busyPollBudget()
                    + " packets at a time");
        }
        lines.add(
                settings.bridge()
                        ? "bridge: what is accepted goes out by the other interface, from the frame it came in"
                        : "packets end here: no verdict brings them to the kernel's stack");
        return lines;
    }

    private String copies() {
        if (zeroCopy) {
            return "zero-copy: the driver writes into our memory (XDP_OPTIONS)";
        }
        String why = settings.mode() != null
                ? ", as asked"
                : links.mode() == Settings.Mode.GENERIC ? ", all that generic XDP can do" : "";
        return "the kernel copies each packet into our memory (XDP_OPTIONS)" + why;
    }
}
