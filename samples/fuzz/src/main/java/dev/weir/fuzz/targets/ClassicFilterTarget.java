package dev.weir.fuzz.targets;

import dev.weir.WeirException;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.linux.bpf.ClassicInterpreter;
import dev.weir.linux.bpf.ClassicProgram;
import dev.weir.linux.bpf.Instruction;
import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@link ClassicProgram} and {@link ClassicInterpreter}: a number of instructions, as many {@code struct sock_filter} in
 * network order, then the packet. What is not refused must run to its end.
 */
public final class ClassicFilterTarget implements FuzzTarget {
    private static final int INSTRUCTION_BYTES = 8;
    private static final int MAX_INSTRUCTIONS = 64;

    /** {@code udp port 53} over IPv4 without options, as tcpdump -ddd prints it: code, jt, jf, k. */
    private static final int[][] DNS = {
        {0x28, 0, 0, 12},
        {0x15, 0, 5, 0x800},
        {0x30, 0, 0, 23},
        {0x15, 0, 3, 17},
        {0xb1, 0, 0, 14},
        {0x48, 0, 0, 16},
        {0x15, 0, 1, 53},
        {0x6, 0, 0, 262144},
        {0x6, 0, 0, 0},
    };

    private final ClassicInterpreter interpreter = new ClassicInterpreter();

    @Override
    public String name() {
        return "classic-filter";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() < 1) {
            return;
        }
        int count = input.u8(0) % (MAX_INSTRUCTIONS + 1);
        int packetOffset = 1 + count * INSTRUCTION_BYTES;
        if (input.length() < packetOffset) {
            return;
        }
        ClassicProgram program;
        try {
            program = ClassicProgram.of(instructions(input, count));
        } catch (WeirException refused) {
            return;
        }
        int length = input.length() - packetOffset;
        ByteBuffer packet = input.asByteBuffer();
        int answer = interpreter.run(program, packet, packetOffset, length, length + 100);
        Check.that(
                answer == interpreter.run(program, packet, packetOffset, length, length + 100),
                "same packet, same answer");
    }

    private static List<Instruction> instructions(Bytes input, int count) {
        List<Instruction> instructions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = 1 + i * INSTRUCTION_BYTES;
            instructions.add(new Instruction(input.u16(at), input.u8(at + 2), input.u8(at + 3), input.i32(at + 4)));
        }
        return instructions;
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        captures.packets((linkType, wireLength, packet) -> {
            ByteBuffer input = ByteBuffer.allocate(1 + DNS.length * INSTRUCTION_BYTES + packet.length());
            input.put((byte) DNS.length);
            for (int[] in : DNS) {
                input.putShort((short) in[0])
                        .put((byte) in[1])
                        .put((byte) in[2])
                        .putInt(in[3]);
            }
            packet.get(0, input, packet.length());
            sink.accept(input.array());
        });
    }

    /** The program, and the words in which one is refused. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return 64 << 10;
    }
}
