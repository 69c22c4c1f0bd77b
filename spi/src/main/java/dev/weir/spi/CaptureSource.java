package dev.weir.spi;

import java.util.List;
import java.util.Optional;

/** An open capture: what its queues have in common. */
public interface CaptureSource extends AutoCloseable {
    /** What it is like; the same object during its whole life. */
    CaptureTraits traits();

    /** Its queues, at least one; fixed once it is open. */
    List<? extends CaptureQueue> queues();

    /** What was asked for, what was got, and why, in lines for people. Any thread. */
    List<String> explain();

    /**
     * What carries out flow verdicts in the kernel for this capture, without being asked for; empty when nothing does.
     * Closed with the source.
     *
     * @param maxFlows how many flow verdicts there may be at once
     * @param flowLifetimeNs how long a flow verdict lasts after the flow's last packet
     */
    default Optional<FlowOffload> flowOffload(int maxFlows, long flowLifetimeNs) {
        return Optional.empty();
    }

    /**
     * Gives everything back: sockets, rings, settings of the interface. No queue is used any more. Memory under slots
     * that were not released stays mapped (a classifier may be reading it), and this is logged. Called once.
     */
    @Override
    void close();
}
