/**
 * Tests without root, kernel feature or network. A {@link dev.weir.testkit.MemoryCapture} is a real capture, so what
 * runs on it is the real engine; the test injects packets and awaits their verdicts:
 *
 * <pre>{@code
 * try (MemoryCapture memory = MemoryCapture.create();
 *         Pipeline pipeline = Pipeline.from(memory.name()).classify(noTelnet).open()) {
 *     pipeline.start();
 *     InjectedPacket packet = memory.inject(PacketBuilder.ethernet()
 *             .ipv4("10.0.0.1", "10.0.0.2").tcp(4711, 23).syn());
 *     assertEquals(Verdict.DROP, packet.await(Duration.ofSeconds(5)));
 * }
 * }</pre>
 *
 * <p>{@link dev.weir.testkit.MovableClock} is time that the test moves, and
 * {@link dev.weir.testkit.ScriptedCorrelator} a correlator that says what the test has it say. Packets are made with
 * {@link dev.weir.testkit.packet}.
 */
package dev.weir.testkit;
