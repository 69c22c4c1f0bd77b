/**
 * The engine that runs pipelines. Not exported: applications reach it through {@link dev.weir.Pipeline}, backends through
 * {@link dev.weir.spi}.
 *
 * <p>A {@link dev.weir.engine.QueueAgent} owns one capture queue: it receives batches, finds each packet's tuple, and
 * either judges in place (run to completion) or hands the packet to the {@link dev.weir.engine.WorkerAgent} that owns the
 * flow; it alone touches the queue. A {@link dev.weir.engine.FlowShard} owns flows and classifiers and gives verdicts; it
 * belongs to one worker, or to the queue agent itself. What travels between them is an
 * {@link dev.weir.engine.InFlight}, whose verdict is claimed once, atomically.
 */
package dev.weir.engine;
