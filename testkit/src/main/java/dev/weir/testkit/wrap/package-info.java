/**
 * Captures around captures. A {@link dev.weir.testkit.wrap.FaultyCapture} loses, doubles, reorders, corrupts, stalls
 * and fails as a test asks; a {@link dev.weir.testkit.wrap.SlotAudit} checks that every packet gets one verdict and one
 * release, and finds who keeps a packet for too long. Both go around any capture, and around each other.
 */
package dev.weir.testkit.wrap;
