package dev.weir.fuzz;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.fuzz.Examination.LimitExceeded;
import dev.weir.packet.Bytes;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What was found once is not found again; and the examination finds what it is made for. */
class KeptInputsTest {
    private static final int MAX_INPUT_BYTES = 4_096;

    @TestFactory
    Stream<DynamicTest> everyTargetBearsItsInputs() {
        Captures captures = new Captures(Path.of(System.getenv("WEIR_COMMITTED_CAPTURES")));
        return Targets.all().stream()
                .map(target -> DynamicTest.dynamicTest(target.name(), () -> {
                    List<byte[]> inputs = new ArrayList<>(Inputs.keptOf(target));
                    target.seeds(captures, inputs::add);
                    assertTrue(!inputs.isEmpty(), "inputs to begin with");
                    Examination examination = Examination.of(target);
                    for (byte[] input : inputs) {
                        if (input.length <= MAX_INPUT_BYTES) {
                            assertDoesNotThrow(() -> examination.read(input), () -> HexFormat.of()
                                    .formatHex(input));
                        }
                    }
                }));
    }

    @Test
    void everyFileOfInputsBelongsToATarget() throws Exception {
        URI inputs = Inputs.class.getResource("inputs").toURI();
        List<String> names =
                Targets.all().stream().map(target -> target.name() + ".hex").toList();
        try (Stream<Path> files = Files.list(Path.of(inputs))) {
            assertEquals(
                    List.of(),
                    files.map(file -> file.getFileName().toString())
                            .filter(file -> !names.contains(file))
                            .toList());
        }
    }

    private static final class Reader implements FuzzTarget {
        private final Runnable work;
        private Object kept;

        Reader(Runnable work) {
            this.work = work;
        }

        @Override
        public String name() {
            return "test";
        }

        @Override
        public void read(Bytes input) {
            kept = input.length() > 4 ? new byte[1_000] : kept;
            work.run();
        }
    }

    @Test
    void anAllocationOverTheLimitIsFound() throws Exception {
        Examination examination = Examination.of(new Reader(() -> {}));
        examination.read(new byte[4]);
        LimitExceeded found = assertThrows(LimitExceeded.class, () -> examination.read(new byte[5]));
        assertTrue(found.getMessage().contains("allocates 1016 bytes for 5 bytes"), found.getMessage());
    }

    @Test
    void whatTakesTooLongIsFound() {
        Examination examination = Examination.of(new Reader(() -> {
            for (long end = System.nanoTime() + 1_100_000; System.nanoTime() < end; ) {
                Thread.onSpinWait();
            }
        }));
        LimitExceeded found = assertThrows(LimitExceeded.class, () -> examination.read(new byte[4]));
        assertTrue(found.getMessage().contains(" ns for 4 bytes, more than 1000000"), found.getMessage());
    }
}
