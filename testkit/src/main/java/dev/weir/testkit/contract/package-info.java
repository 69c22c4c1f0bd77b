/**
 * What every capture backend must do, as a test: extend {@link dev.weir.testkit.contract.CaptureContract} in the
 * backend's tests and say how the backend is opened and fed. Needs JUnit 5.
 */
package dev.weir.testkit.contract;
