package dev.weir.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FilterCompilerTest {
    @BeforeEach
    void libpcap() {
        Libpcap.assumeInstalled();
    }

    @Test
    void aMatchKeepsTheSnapLength() {
        ClassicProgram program = FilterCompiler.compile("", 1, 96);
        assertEquals(ClassicProgram.constant(96), program);
    }

    @Test
    void rawIpHasOneNumberInFilesAndAnotherInLibpcap() {
        ByteBuffer udp = Frames.udp(53).strip(14);
        ClassicInterpreter interpreter = new ClassicInterpreter();
        for (int linkType : new int[] {101, 12}) {
            ClassicProgram program = FilterCompiler.compile("udp port 53", linkType, 1000);
            assertEquals(1000, interpreter.run(program, udp, 0, udp.capacity(), udp.capacity()));
        }
        assertEquals(11, FilterCompiler.dlt(100));
    }

    @Test
    void aWrongExpressionIsShownWithLibpcapsExplanation() {
        for (String wrong : List.of("tcp prot 80", "port 99999999", "(", "host", "ether[1:3] = 0", "vlan 99999", "%")) {
            WeirException refused =
                    assertThrows(WeirException.class, () -> FilterCompiler.compile(wrong, 1, 1000), wrong);
            assertTrue(
                    refused.getMessage().startsWith("the filter \"" + wrong + "\" is wrong: "), refused.getMessage());
            assertFalse(refused.getMessage().endsWith(": "), refused.getMessage());
            assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
        }
    }

    @Test
    void whatDoesNotFitTheLinkTypeIsWrong() {
        WeirException refused = assertThrows(WeirException.class, () -> FilterCompiler.compile("vlan", 101, 1000));
        assertTrue(refused.getMessage().contains("\"vlan\" is wrong: "), refused.getMessage());
    }

    @Test
    void aLoopIsRefusedWithTheExpression() {
        WeirException refused =
                assertThrows(WeirException.class, () -> FilterCompiler.compile("ip6 protochain 6", 1, 1000));
        assertTrue(
                refused.getMessage().startsWith("the filter \"ip6 protochain 6\" cannot be used: "),
                refused.getMessage());
    }

    @Test
    void anExpressionOfAbsurdLengthIsRefused() {
        String absurd = "port 1" + " or port 1".repeat(10_000);
        assertThrows(WeirException.class, () -> FilterCompiler.compile(absurd, 1, 1000));
        assertThrows(WeirException.class, () -> FilterCompiler.compile("ip\0or tcp", 1, 1000));
    }

    @Test
    void severalThreadsCompileAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<ClassicProgram>> tasks = IntStream.range(0, 200)
                    .<Callable<ClassicProgram>>mapToObj(
                            i -> () -> FilterCompiler.compile("tcp port " + (i % 5 + 1), 1, 1000))
                    .toList();
            List<Future<ClassicProgram>> programs = threads.invokeAll(tasks);
            for (int i = 5; i < 200; i++) {
                assertEquals(programs.get(i % 5).get(), programs.get(i).get());
            }
            assertNotEquals(programs.get(0).get(), programs.get(1).get());
        } finally {
            threads.shutdownNow();
        }
    }
}
