package dev.weir;

/**
 * Looks at packets and says what becomes of them. A lambda is one:
 *
 * <pre>{@code
 * Classifier noTelnet = (packet, flow) -> packet.headers().destinationPort() == 23 ? Verdict.DROP : Verdict.CONTINUE;
 * }</pre>
 *
 * <p><b>Threads.</b> All calls for one flow come from one thread, in the order of arrival. An instance given to
 * {@link PipelineBuilder#classify(Classifier)} is shared by all workers of the pipeline and is called by several
 * threads at once when there is more than one; what it keeps per flow belongs into the flow ({@link FlowState}), which
 * needs no lock. {@link PipelineBuilder#classifyPerWorker} gives each worker an instance of its own.
 *
 * <p><b>Cost.</b> It stands in the way of every packet: it must not block and should not allocate. One that throws is
 * counted and its packet gets the verdict of the pipeline's {@link ErrorPolicy}; one that never returns costs its
 * packet (with workers: the packets behind it get the deadline's verdict), not the process.
 */
@FunctionalInterface
public interface Classifier extends AutoCloseable {
    /**
     * Judges one packet.
     *
     * @param packet valid during the call only; to keep what it says, copy it. {@link Verdict#HOLD} keeps the packet,
     *     not this reference
     * @param flow the packet's flow, never null; packets that are not IP share one flow a worker
     *     ({@link Flow#isIp()} is false). Its counters include this packet
     * @return never null; {@link Verdict#CONTINUE} for no opinion
     */
    Verdict classify(Packet packet, Flow flow);

    /** A flow came into being; called before its first packet is classified, on the flow's thread. */
    default void flowStarted(Flow flow) {}

    /** A flow leaves the table; called once, on the flow's thread, before its {@link FlowState states} are released. */
    default void flowEnded(Flow flow, FlowEnd end) {}

    /**
     * The pipeline has ended; called once per instance after the last packet. A classifier that was handed to several
     * pipelines is closed by each. While one of the pipeline's threads is still in a classifier that does not return,
     * none is closed: that thread does it when it comes back.
     */
    @Override
    default void close() {}
}
