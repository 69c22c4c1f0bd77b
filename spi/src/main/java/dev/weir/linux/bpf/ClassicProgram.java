package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import dev.weir.WeirException;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.bpf.Bpf.SockFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A program of the classic BPF machine that has been checked as the kernel does before it accepts one: known
 * instructions, jumps that go forward and stay inside, scratch memory that is written before it is read, no division by
 * a constant zero, a return at the end. So it always ends, and running it needs no further checks. Immutable.
 */
public final class ClassicProgram {
    private final List<Instruction> instructions;

    /** As {@code struct sock_filter} on a little-endian machine: code, jt, jf and k from the lowest bits up. */
    private final long[] packed;

    private ClassicProgram(List<Instruction> instructions) {
        this.instructions = instructions;
        this.packed = new long[instructions.size()];
        for (int i = 0; i < packed.length; i++) {
            Instruction in = instructions.get(i);
            packed[i] = (long) in.k() << 32 | (long) in.jf() << 24 | (long) in.jt() << 16 | in.code();
        }
    }

    /** @throws WeirException when the kernel would refuse the program, with the place and the cause */
    public static ClassicProgram of(List<Instruction> instructions) {
        List<Instruction> copy = List.copyOf(instructions);
        ClassicCheck.check(copy);
        return new ClassicProgram(copy);
    }

    /** Accepts every packet and keeps its first bytes, or drops every packet when that is 0. */
    public static ClassicProgram constant(int snapLength) {
        return of(List.of(Instruction.statement(BPF_RET | BPF_K, snapLength)));
    }

    /**
     * This program for packets that have a mark ({@code skb->mark}); for others one that drops. For the kernel alone.
     *
     * @throws WeirException when the program leaves no room for the question in front of it
     */
    public ClassicProgram onlyMarked(int value, int mask) {
        List<Instruction> both = new ArrayList<>();
        both.add(Instruction.statement(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_MARK));
        both.add(Instruction.statement(BPF_ALU | BPF_AND | BPF_K, mask));
        both.add(Instruction.jump(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
        both.add(Instruction.statement(BPF_RET | BPF_K, 0));
        both.add(Instruction.statement(BPF_LD | BPF_IMM, 0));
        both.addAll(instructions);
        return of(both);
    }

    /** Reads an array of {@code struct sock_filter} in native order. */
    static ClassicProgram read(ByteBuffer array, int count) {
        Instruction[] read = new Instruction[count];
        for (int i = 0; i < count; i++) {
            int at = i * SockFilter.BYTES;
            read[i] = new Instruction(
                    Short.toUnsignedInt(array.getShort(at + SockFilter.CODE)),
                    Byte.toUnsignedInt(array.get(at + SockFilter.JT)),
                    Byte.toUnsignedInt(array.get(at + SockFilter.JF)),
                    array.getInt(at + SockFilter.K));
        }
        return of(Arrays.asList(read));
    }

    /** Writes an array of {@code struct sock_filter}. */
    NativeBuffer toNative() {
        NativeBuffer array = NativeBuffer.allocate(packed.length * SockFilter.BYTES);
        for (int i = 0; i < packed.length; i++) {
            Instruction in = instructions.get(i);
            int at = i * SockFilter.BYTES;
            array.bytes().putShort(at + SockFilter.CODE, (short) in.code());
            array.bytes().put(at + SockFilter.JT, (byte) in.jt());
            array.bytes().put(at + SockFilter.JF, (byte) in.jf());
            array.bytes().putInt(at + SockFilter.K, in.k());
        }
        return array;
    }

    long[] packed() {
        return packed;
    }

    public List<Instruction> instructions() {
        return instructions;
    }

    public int length() {
        return packed.length;
    }

    /**
     * The most bytes of a packet that the program ever keeps, as far as its constants tell; an unsigned number, the
     * largest one when it computes what it returns.
     */
    public int longestSnapLength() {
        int longest = 0;
        for (Instruction in : instructions) {
            if (in.code() == (BPF_RET | BPF_A)) {
                return -1;
            }
            if (in.isReturn() && Integer.compareUnsigned(in.k(), longest) > 0) {
                longest = in.k();
            }
        }
        return longest;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClassicProgram program && Arrays.equals(packed, program.packed);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(packed);
    }

    /** One instruction a line, in the notation of `tcpdump -d`. */
    @Override
    public String toString() {
        return ClassicDisassembler.disassemble(instructions);
    }
}
