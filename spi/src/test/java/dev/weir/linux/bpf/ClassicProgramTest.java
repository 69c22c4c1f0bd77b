package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClassicProgramTest {
    private static final Instruction ACCEPT = Instruction.statement(BPF_RET | BPF_K, 100);

    private static void assertRefused(String cause, Instruction... program) {
        WeirException refused = assertThrows(WeirException.class, () -> ClassicProgram.of(List.of(program)));
        assertTrue(refused.getMessage().contains(cause), refused.getMessage());
    }

    @Test
    void whatTheKernelRefusesIsRefused() {
        assertRefused("1 to 4096 instructions");
        assertThrows(WeirException.class, () -> ClassicProgram.of(Collections.nCopies(4097, ACCEPT)));
        assertEquals(4096, ClassicProgram.of(Collections.nCopies(4096, ACCEPT)).length());
        assertRefused("no instruction 0xffff", new Instruction(0xFFFF, 0, 0, 0), ACCEPT);
        assertRefused("no instruction 0xe", new Instruction(BPF_RET | BPF_X, 0, 0, 0), ACCEPT);
        assertRefused("last instruction", Instruction.statement(BPF_LD | BPF_IMM, 0));
        assertRefused("division by zero", Instruction.statement(BPF_ALU | BPF_DIV | BPF_K, 0), ACCEPT);
        assertRefused("division by zero", Instruction.statement(BPF_ALU | BPF_MOD | BPF_K, 0), ACCEPT);
        assertRefused("shift", Instruction.statement(BPF_ALU | BPF_LSH | BPF_K, 32), ACCEPT);
        assertRefused("shift", Instruction.statement(BPF_ALU | BPF_RSH | BPF_K, -1), ACCEPT);
        assertRefused("16 words", Instruction.statement(BPF_ST, 16), ACCEPT);
        assertRefused("16 words", Instruction.statement(BPF_LDX | BPF_MEM, -1), ACCEPT);
        assertRefused("jump out", Instruction.statement(BPF_JMP | BPF_JA, 1), ACCEPT);
        assertRefused("jump out", Instruction.statement(BPF_JMP | BPF_JA, -1), ACCEPT);
        assertRefused("jump out", Instruction.jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), ACCEPT);
        assertRefused("at most 255", Instruction.jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 256, 0), ACCEPT);
        assertRefused("kernel knows nothing", Instruction.statement(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + 1), ACCEPT);
        assertRefused("kernel knows nothing", Instruction.statement(BPF_LD | BPF_W | BPF_ABS, -1), ACCEPT);
    }

    @Test
    void memoryIsWrittenOnEveryWayBeforeItIsRead() {
        assertRefused("before it is written", Instruction.statement(BPF_LD | BPF_MEM, 3), ACCEPT);
        Instruction skipsTheStore = Instruction.jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
        assertRefused(
                "before it is written",
                skipsTheStore,
                Instruction.statement(BPF_ST, 3),
                Instruction.statement(BPF_LD | BPF_MEM, 3),
                ACCEPT);
        ClassicProgram.of(
                List.of(Instruction.statement(BPF_STX, 3), Instruction.statement(BPF_LD | BPF_MEM, 3), ACCEPT));
    }

    @Test
    void theSnapLengthIsTheLongestOne() {
        assertEquals(100, ClassicProgram.of(List.of(ACCEPT)).longestSnapLength());
        assertEquals(0, ClassicProgram.constant(0).longestSnapLength());
        assertEquals(
                -1,
                ClassicProgram.of(List.of(Instruction.statement(BPF_RET | BPF_A, 0)))
                        .longestSnapLength());
    }

    @Test
    void programsReadLikeThoseOfTcpdump() {
        Libpcap.assumeInstalled();
        for (String expression : Expressions.ALL) {
            ClassicProgram program = FilterCompiler.compile(expression, Expressions.ETHERNET, 262_144);
            assertEquals(Libpcap.disassemble(program), program.toString(), expression);
        }
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            ClassicProgram program = RandomPrograms.next(random, 40);
            // Of all instructions, this one has no name in libpcap.
            String expected = Libpcap.disassemble(program).replace("unimp    0x81", "ldx      #pktlen");
            assertEquals(expected, program.toString());
        }
    }

    @Test
    void aProgramSurvivesNativeMemory() {
        ClassicProgram program = ClassicProgram.of(
                List.of(Instruction.jump(BPF_JMP | BPF_JSET | BPF_K, 0x8000_0001, 1, 0), ACCEPT, ACCEPT));
        assertEquals(program, ClassicProgram.read(program.toNative().bytes(), 3));
    }
}
