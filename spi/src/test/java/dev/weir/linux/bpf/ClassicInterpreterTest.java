package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.linux.NativeBuffer;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClassicInterpreterTest {
    private final ClassicInterpreter interpreter = new ClassicInterpreter();

    private int run(ByteBuffer packet, Instruction... program) {
        return interpreter.run(ClassicProgram.of(List.of(program)), packet, 0, packet.capacity(), 1000);
    }

    private static Instruction returnA() {
        return Instruction.statement(BPF_RET | BPF_A, 0);
    }

    @Test
    void loadsAreBigEndianWhateverTheOrderOfTheBuffer() {
        ByteBuffer packet = ByteBuffer.wrap(new byte[] {0, (byte) 0x81, (byte) 0x82, (byte) 0x83, (byte) 0x84});
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            packet.order(order);
            assertEquals(0x81828384, run(packet, Instruction.statement(BPF_LD | BPF_W | BPF_ABS, 1), returnA()));
            assertEquals(0x8182, run(packet, Instruction.statement(BPF_LD | BPF_H | BPF_ABS, 1), returnA()));
            assertEquals(0x84, run(packet, Instruction.statement(BPF_LD | BPF_B | BPF_ABS, 4), returnA()));
        }
    }

    @Test
    void aLoadOutsideTheCapturedBytesRefuses() {
        ByteBuffer packet = ByteBuffer.allocate(64);
        ClassicProgram program = ClassicProgram.of(List.of(
                Instruction.statement(BPF_LD | BPF_W | BPF_ABS, 10), Instruction.statement(BPF_RET | BPF_K, 7)));
        assertEquals(7, interpreter.run(program, packet, 50, 14, 1000));
        assertEquals(0, interpreter.run(program, packet, 50, 13, 1000));
        assertEquals(0, interpreter.run(program, packet, 50, 0, 1000));
    }

    @Test
    void anIndexThatWrapsAroundIsOutside() {
        ByteBuffer packet = ByteBuffer.allocate(64);
        assertEquals(
                0,
                run(
                        packet,
                        Instruction.statement(BPF_LDX | BPF_IMM, -6),
                        Instruction.statement(BPF_LD | BPF_B | BPF_IND, 14),
                        Instruction.statement(BPF_RET | BPF_K, 7)));
    }

    @Test
    void theLengthIsTheOneOnTheWire() {
        assertEquals(1000, run(ByteBuffer.allocate(0), Instruction.statement(BPF_LD | BPF_W | BPF_LEN, 0), returnA()));
    }

    @Test
    void divisionByTheIndexOfZeroRefuses() {
        for (int operation : new int[] {BPF_DIV, BPF_MOD}) {
            assertEquals(
                    0,
                    run(
                            ByteBuffer.allocate(0),
                            Instruction.statement(BPF_ALU | operation | BPF_X, 0),
                            Instruction.statement(BPF_RET | BPF_K, 7)));
        }
    }

    @Test
    void randomProgramsGiveWhatLibpcapGives() {
        Libpcap.assumeInstalled();
        Random random = new Random(1);
        NativeBuffer packet = NativeBuffer.allocate(80);
        int accepted = 0;
        for (int round = 0; round < 30_000; round++) {
            ClassicProgram program = RandomPrograms.next(random, 30);
            int captured = random.nextInt(81);
            for (int i = 0; i < 80; i++) {
                packet.bytes().put(i, (byte) (random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(40)));
            }
            int wire = captured + random.nextInt(1000);
            int expected = Libpcap.run(program.toNative(), packet, captured, wire);
            assertEquals(
                    expected,
                    interpreter.run(program, packet.bytes(), 0, captured, wire),
                    () -> captured + " bytes\n" + program);
            accepted += expected != 0 ? 1 : 0;
        }
        int count = accepted;
        assertTrue(count > 3_000 && count < 27_000, () -> count + " of 30,000 programs accept");
    }

    @Test
    void runningAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ClassicProgram program = RandomPrograms.next(new Random(5), 40);
        ByteBuffer packet = ByteBuffer.allocateDirect(64);
        long thread = Thread.currentThread().getId();
        long before = 0;
        int rounds = 50_000;
        int sum = 0;
        for (int i = -rounds; i < rounds; i++) {
            if (i == 0) {
                before = threads.getThreadAllocatedBytes(thread);
            }
            sum += interpreter.run(program, packet, 0, 64, 64);
        }
        long allocated = threads.getThreadAllocatedBytes(thread) - before;
        int total = sum;
        assertTrue(allocated < rounds, () -> allocated + " bytes in " + rounds + " rounds, sum " + total);
    }
}
