package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VlanAwareProgramTest {
    private final ClassicInterpreter onTheWire = new ClassicInterpreter();
    private final ClassicInterpreter inTheKernel = new ClassicInterpreter();

    /** What the kernel's program says about the frame as the kernel holds it. */
    private int kernelAnswer(VlanAwareProgram program, Frames frame) {
        if (!frame.hasTag()) {
            inTheKernel.withoutTag();
            return inTheKernel.run(program.kernel(), frame.buffer(), 0, frame.bytes().length, frame.bytes().length);
        }
        Frames rest = frame.withoutTag();
        inTheKernel.withTag(frame.tpid(), frame.tci());
        return inTheKernel.run(program.kernel(), rest.buffer(), 0, rest.bytes().length, rest.bytes().length);
    }

    private int wireAnswer(ClassicProgram program, Frames frame) {
        return onTheWire.run(program, frame.buffer(), 0, frame.bytes().length, frame.bytes().length);
    }

    @Test
    void anExpressionMatchesTheSameFramesOnTheWireAndInTheKernel() {
        Libpcap.assumeInstalled();
        TreeSet<String> needUser = new TreeSet<>();
        int matches = 0;
        for (String expression : Expressions.ALL) {
            VlanAwareProgram program =
                    VlanAwareProgram.of(FilterCompiler.compile(expression, Expressions.ETHERNET, 262_144));
            if (program.taggedNeedsUserFilter()) {
                needUser.add(expression);
            }
            for (Frames frame : Frames.all()) {
                boolean wanted = wireAnswer(program.original(), frame) != 0;
                boolean taken = kernelAnswer(program, frame) != 0;
                matches += wanted ? 1 : 0;
                boolean expected = frame.hasTag() && program.taggedNeedsUserFilter() || wanted;
                assertEquals(expected, taken, () -> expression + " on " + frame.buffer() + "\n" + program.kernel());
            }
        }
        assertTrue(matches > 1000, matches + " matches");
        assertEquals(Set.of(), needUser, "expressions that the kernel cannot decide for tagged frames");
    }

    @Test
    void randomProgramsAnswerTheSameOnTheWireAndInTheKernel() {
        Random random = new Random(2);
        int rewritten = 0;
        int accepted = 0;
        for (int round = 0; round < 20_000; round++) {
            ClassicProgram original = RandomPrograms.next(random, round % 100 == 0 ? 600 : 25);
            VlanAwareProgram program = VlanAwareProgram.of(original);
            if (program.taggedNeedsUserFilter()) {
                continue;
            }
            rewritten++;
            for (int i = 0; i < 5; i++) {
                byte[] bytes = new byte[18 + random.nextInt(60)];
                random.nextBytes(bytes);
                Frames plain = new Frames(bytes);
                Frames frame = random.nextInt(4) == 0 || plain.hasTag() ? plain : plain.tagged(0x8100, bytes[15] << 4);
                boolean wanted = wireAnswer(original, frame) != 0;
                accepted += wanted ? 1 : 0;
                assertEquals(wanted, kernelAnswer(program, frame) != 0, () -> original + "\n" + program.kernel());
            }
        }
        assertTrue(rewritten > 5_000, rewritten + " programs could be rewritten");
        assertTrue(accepted > 5_000, accepted + " frames were accepted");
    }

    @Test
    void farJumpsAreLaidOverShortOnes() {
        // 250 loads across the edge of the tag become 3,000 instructions between a jump and its target.
        List<Instruction> program = new ArrayList<>();
        program.add(Instruction.statement(BPF_LD | BPF_B | BPF_ABS, 20));
        program.add(Instruction.jump(BPF_JMP | BPF_JEQ | BPF_K, 9, 250, 0));
        for (int i = 0; i < 250; i++) {
            program.add(Instruction.statement(BPF_LD | BPF_H | BPF_ABS, 11));
        }
        program.add(Instruction.jump(BPF_JMP | BPF_JEQ | BPF_K, 9, 0, 1));
        program.add(Instruction.statement(BPF_RET | BPF_K, 1000));
        program.add(Instruction.statement(BPF_RET | BPF_K, 0));
        VlanAwareProgram aware = VlanAwareProgram.of(ClassicProgram.of(program));
        assertFalse(aware.taggedNeedsUserFilter());
        for (int marker : new int[] {8, 9}) {
            byte[] bytes = new byte[60];
            bytes[16] = (byte) marker;
            Frames frame = new Frames(bytes).tagged(0x8100, 1);
            assertEquals(marker == 9 ? 996 : 0, kernelAnswer(aware, frame));
        }
    }

    @Test
    void aSnapLengthLosesTheTag() {
        Frames tagged = Frames.udp(53).tagged(0x8100, 5);
        int[][] cases = {{262_144, 262_140}, {17, 13}, {16, 12}, {13, 12}, {12, 12}, {1, 1}, {0, 0}, {-1, -5}};
        for (int[] pair : cases) {
            VlanAwareProgram program = VlanAwareProgram.of(ClassicProgram.constant(pair[0]));
            assertEquals(pair[1], kernelAnswer(program, tagged));
            assertEquals(pair[0], kernelAnswer(program, Frames.udp(53)));
        }
    }

    @Test
    void anIndexThatReachesTheTagFindsIt() {
        Frames tagged = Frames.udp(53).tagged(0x8100, 0x6005);
        for (int size : new int[] {BPF_B, BPF_H, BPF_W}) {
            for (int k : new int[] {0, 1, 3, 4, 11, 12, 13, 14, 15, 16, 20}) {
                // The mask bounds the index: some of these end just before, inside, and just behind the tag.
                for (int mask : new int[] {0, 1, 3, 7, 15, 0xFF}) {
                    for (int index = 0; index < 80; index++) {
                        Frames frame = tagged.padded(71);
                        frame.bytes()[70] = (byte) index;
                        ClassicProgram original = ClassicProgram.of(List.of(
                                Instruction.statement(BPF_LD | BPF_B | BPF_ABS, 70),
                                Instruction.statement(BPF_ALU | BPF_AND | BPF_K, mask),
                                Instruction.statement(BPF_MISC | BPF_TAX, 0),
                                Instruction.statement(BPF_LD | BPF_IND | size, k),
                                Instruction.statement(BPF_ALU | BPF_MUL | BPF_K, 64),
                                Instruction.statement(BPF_ALU | BPF_ADD | BPF_X, 0),
                                Instruction.statement(BPF_RET | BPF_A, 0)));
                        VlanAwareProgram program = VlanAwareProgram.of(original);
                        assertFalse(program.taggedNeedsUserFilter());
                        assertEquals(wireAnswer(original, frame), kernelAnswer(program, frame), original::toString);
                    }
                }
            }
        }
    }

    @Test
    void aProgramWithoutRoomForASecondCopyIsFilteredAfterwards() {
        List<Instruction> long3000 =
                new ArrayList<>(Collections.nCopies(2999, Instruction.statement(BPF_ALU | BPF_ADD | BPF_K, 1)));
        long3000.add(Instruction.statement(BPF_RET | BPF_A, 0));
        VlanAwareProgram program = VlanAwareProgram.of(ClassicProgram.of(long3000));
        assertTrue(program.taggedNeedsUserFilter());
        assertEquals(2999, kernelAnswer(program, Frames.udp(53)));
        assertEquals(-1, kernelAnswer(program, Frames.udp(53).tagged(0x8100, 5)));
        List<Instruction> tooLong = Collections.nCopies(4095, Instruction.statement(BPF_RET | BPF_K, 1));
        assertThrows(WeirException.class, () -> VlanAwareProgram.of(ClassicProgram.of(tooLong)));
    }

    @Test
    void allScratchMemoryInUseIsNoExcuseForASimpleLoad() {
        List<Instruction> program = new ArrayList<>();
        for (int word = 0; word < BPF_MEMWORDS; word++) {
            program.add(Instruction.statement(BPF_ST, word));
        }
        program.add(Instruction.statement(BPF_LD | BPF_H | BPF_ABS, 14));
        program.add(Instruction.statement(BPF_RET | BPF_A, 0));
        assertFalse(VlanAwareProgram.of(ClassicProgram.of(program)).taggedNeedsUserFilter());
        program.set(BPF_MEMWORDS, Instruction.statement(BPF_LD | BPF_W | BPF_ABS, 14));
        assertTrue(VlanAwareProgram.of(ClassicProgram.of(program)).taggedNeedsUserFilter());
    }

    @Test
    void boundsCoverWhatTheIndexReallyIs() {
        // The interpreter tells the index register at the end, the bounds must contain it.
        Random random = new Random(3);
        ByteBuffer packet = ByteBuffer.allocate(80);
        int told = 0;
        for (int round = 0; round < 20_000; round++) {
            random.nextBytes(packet.array());
            List<Instruction> program =
                    new ArrayList<>(RandomPrograms.next(random, 20).instructions());
            program.set(program.size() - 1, Instruction.statement(BPF_MISC | BPF_TXA, 0));
            program.add(Instruction.statement(BPF_ALU | BPF_OR | BPF_K, 0));
            program.add(Instruction.statement(BPF_RET | BPF_A, 0));
            ClassicProgram checked = ClassicProgram.of(program);
            IndexBounds bounds = new IndexBounds(checked);
            long index = Integer.toUnsignedLong(onTheWire.run(checked, packet, 0, 80, 80));
            if (index == 0) {
                // The program may have ended early at a load.
                continue;
            }
            int pc = program.size() - 3;
            assertTrue(
                    bounds.lowestIndex(pc) <= index && index <= bounds.highestIndex(pc),
                    () -> index + " is not in " + bounds.lowestIndex(pc) + "…" + bounds.highestIndex(pc) + "\n"
                            + checked);
            told += bounds.highestIndex(pc) < 1000 ? 1 : 0;
        }
        assertTrue(told > 1000, told + " bounds say something");
    }
}
