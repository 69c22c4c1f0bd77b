/**
 * The engine that runs pipelines. Not exported: applications reach it through {@link dev.weir.Pipeline}, backends through
 * {@link dev.weir.spi}.
 *
 * <p>A {@link dev.weir.engine.QueueAgent} owns one capture queue and alone touches it: it receives batches and carries out
 * verdicts. Those come from a {@link dev.weir.engine.VerdictSource}: judged in place (run to completion) or by the
 * {@link dev.weir.engine.WorkerAgent} that owns the flow. A {@link dev.weir.engine.FlowShard} owns flows and classifiers; it
 * belongs to one worker, or to the queue itself. What stays with a packet that is handed to a worker or held is an
 * {@link dev.weir.engine.InFlight}, whose verdict is claimed once, atomically.
 */
package dev.weir.engine;
