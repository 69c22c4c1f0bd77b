/**
 * What backend authors compile against. A backend is a {@link dev.weir.spi.CaptureProvider} that opens a
 * {@link dev.weir.spi.CaptureSource} with one or more {@link dev.weir.spi.CaptureQueue}s; packets travel in
 * {@link dev.weir.spi.Slot}s. A correlator is a {@link dev.weir.spi.FlowCorrelatorProvider}.
 *
 * <p><b>Two lifetimes.</b> A packet's verdict and the memory under it end separately: the verdict is given when it is
 * known ({@link dev.weir.spi.CaptureQueue#verdict}), the memory goes back when nobody reads it any more
 * ({@link dev.weir.spi.CaptureQueue#release}), which may be later (a deadline passed while a classifier was still
 * reading) or, for what is held long, earlier ({@link dev.weir.spi.CaptureQueue#detach}).
 */
package dev.weir.spi;
