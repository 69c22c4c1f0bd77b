/**
 * What an application composes: a {@link dev.weir.Capture} brings packets in, {@link dev.weir.Classifier}s look at them,
 * a {@link dev.weir.Verdict} says what becomes of each, a {@link dev.weir.FlowCorrelator} says who stands behind a flow,
 * and a {@link dev.weir.Pipeline} runs them. Start at {@link dev.weir.Pipeline#from(String)}.
 */
package dev.weir;
