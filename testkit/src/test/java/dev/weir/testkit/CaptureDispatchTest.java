package dev.weir.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Capture;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Capture#dispatch}: packets one by one, without a pipeline. */
@Timeout(30)
class CaptureDispatchTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static MemoryCapture memory(boolean passive) {
        MemoryCapture.Builder builder = MemoryCapture.builder();
        return passive ? builder.passive().create() : builder.create();
    }

    private static List<byte[]> frames(int count) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            frames.add(new byte[] {(byte) i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 8, 0});
        }
        return frames;
    }

    private static List<Integer> dispatchAll(Capture capture, int count, Consumer<Packet> alsoDo) {
        List<Integer> numbers = new ArrayList<>();
        int handed = 0;
        while (handed < count) {
            handed += capture.dispatch(PATIENCE, packet -> {
                numbers.add(packet.bytes().u8(0));
                alsoDo.accept(packet);
                return Verdict.DROP;
            });
        }
        assertEquals(count, handed);
        return numbers;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void packetsComeInOrderAndGetTheirVerdicts(boolean passive) {
        try (MemoryCapture memory = memory(passive);
                Capture capture = Capture.open(memory.name())) {
            List<InjectedPacket> packets = memory.injectAll(frames(200));
            List<Integer> numbers = dispatchAll(capture, 200, packet -> {});
            for (int i = 0; i < 200; i++) {
                assertEquals(i, numbers.get(i));
                assertEquals(
                        passive ? Verdict.ACCEPT : Verdict.DROP, packets.get(i).await(PATIENCE));
                packets.get(i).awaitReleased(PATIENCE);
            }
            assertEquals(0, capture.dispatch(Duration.ZERO, packet -> Verdict.ACCEPT));
            memory.end();
            assertEquals(-1, capture.dispatch(PATIENCE, packet -> Verdict.ACCEPT));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatTheFunctionThrowsIsPassedOnAndNothingStaysBehind(boolean passive) {
        try (MemoryCapture memory = memory(passive);
                Capture capture = Capture.open(memory.name())) {
            List<InjectedPacket> packets = memory.injectAll(frames(3));
            IllegalArgumentException thrown = new IllegalArgumentException("as a bug would");
            assertSame(
                    thrown,
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> capture.dispatch(PATIENCE, packet -> {
                                throw thrown;
                            })));
            packets.get(0).awaitReleased(PATIENCE);
            assertEquals(Verdict.ACCEPT, packets.get(0).verdict());
            assertThrows(NullPointerException.class, () -> {
                memory.injectAll(frames(1));
                capture.dispatch(PATIENCE, packet -> null);
            });
            List<InjectedPacket> later = memory.injectAll(frames(2));
            while (capture.dispatch(Duration.ZERO, packet -> Verdict.ACCEPT) > 0) {}
            packets.forEach(packet -> packet.awaitReleased(PATIENCE));
            later.forEach(packet -> packet.awaitReleased(PATIENCE));
        }
    }

    @Test
    void aVerdictThatTheCaptureCannotCarryOutIsSaid() {
        try (MemoryCapture memory = MemoryCapture.builder()
                        .carriesOut(Verdict.Kind.ACCEPT, Verdict.Kind.DROP)
                        .create();
                Capture capture = Capture.open(memory.name())) {
            List<InjectedPacket> packets = memory.injectAll(frames(1));
            String said = assertThrows(WeirException.class, () -> capture.dispatch(PATIENCE, packet -> Verdict.REJECT))
                    .getMessage();
            assertTrue(said.contains("cannot carry out REJECT"), said);
            packets.forEach(packet -> assertEquals(Verdict.ACCEPT, packet.await(PATIENCE)));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFunctionMustNotCallTheCapture(boolean passive) {
        try (MemoryCapture memory = memory(passive);
                Capture capture = Capture.open(memory.name())) {
            memory.injectAll(frames(1));
            dispatchAll(capture, 1, packet -> {
                assertThrows(IllegalStateException.class, capture::close);
                assertThrows(IllegalStateException.class, () -> capture.receive(Duration.ZERO));
                assertThrows(IllegalStateException.class, () -> capture.finish(packet, Verdict.ACCEPT));
                assertThrows(IllegalStateException.class, () -> capture.dispatch(Duration.ZERO, any -> Verdict.ACCEPT));
            });
            memory.injectAll(frames(1));
            assertEquals(1, capture.receive(PATIENCE).size());
        }
    }
}
