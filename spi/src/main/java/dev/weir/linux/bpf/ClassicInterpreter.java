package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Runs classic BPF programs on packets in memory, with the results that libpcap's own interpreter gives. Allocates
 * nothing per packet; owns scratch memory, so each thread has its own.
 *
 * <p>A load that is not wholly inside the captured bytes ends the program with 0, so does a division by zero.
 * Comparisons are unsigned, the packet length is the one on the wire. What only the kernel knows about a packet (mark,
 * queue, …) is outside the packet here. Two corners differ between libpcap and the kernel, and libpcap is followed: an
 * index that wraps around 32 bits is outside the packet, and a shift by 32 and more gives 0.
 */
public final class ClassicInterpreter {
    private static final VarHandle SHORTS = MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final int[] memory = new int[BPF_MEMWORDS];

    /** The tag that the kernel took out of the frame and offers beside it; no tag when negative. */
    private int strippedTag = -1;

    private int strippedTpid;
    private boolean knowsTag;

    public ClassicInterpreter() {}

    /** From now on the loads that ask for a stripped VLAN tag are answered as the kernel would. */
    ClassicInterpreter withTag(int tpid, int tci) {
        knowsTag = true;
        strippedTpid = tpid;
        strippedTag = tci;
        return this;
    }

    /** As {@link #withTag}, for a frame that had none. */
    ClassicInterpreter withoutTag() {
        return withTag(0, -1);
    }

    /**
     * Whether and how much of a packet the program wants: 0 refuses it, anything else is the number of bytes to keep,
     * unsigned, often far more than the packet has.
     *
     * @param packet read by index, whatever its byte order
     * @param offset where the packet starts
     * @param capturedLength bytes that are there, inside the buffer
     * @param wireLength bytes that the packet had
     */
    public int run(ClassicProgram program, ByteBuffer packet, int offset, int capturedLength, int wireLength) {
        long[] code = program.packed();
        int a = 0;
        int x = 0;
        int pc = 0;
        while (true) {
            long instruction = code[pc++];
            int k = (int) (instruction >>> 32);
            switch ((int) instruction & 0xFFFF) {
                case BPF_LD | BPF_W | BPF_ABS -> {
                    if (isOutside(k, Integer.BYTES, capturedLength)) {
                        if (!isTagQuestion(k)) {
                            return 0;
                        }
                        a = tagAnswer(k);
                    } else {
                        a = (int) INTS.get(packet, offset + k);
                    }
                }
                case BPF_LD | BPF_H | BPF_ABS -> {
                    if (isOutside(k, Short.BYTES, capturedLength)) {
                        if (!isTagQuestion(k)) {
                            return 0;
                        }
                        a = tagAnswer(k);
                    } else {
                        a = (short) SHORTS.get(packet, offset + k) & 0xFFFF;
                    }
                }
                case BPF_LD | BPF_B | BPF_ABS -> {
                    if (isOutside(k, Byte.BYTES, capturedLength)) {
                        if (!isTagQuestion(k)) {
                            return 0;
                        }
                        a = tagAnswer(k);
                    } else {
                        a = packet.get(offset + k) & 0xFF;
                    }
                }
                case BPF_LD | BPF_W | BPF_IND -> {
                    if (isOutside(x, k, Integer.BYTES, capturedLength)) {
                        return 0;
                    }
                    a = (int) INTS.get(packet, offset + x + k);
                }
                case BPF_LD | BPF_H | BPF_IND -> {
                    if (isOutside(x, k, Short.BYTES, capturedLength)) {
                        return 0;
                    }
                    a = (short) SHORTS.get(packet, offset + x + k) & 0xFFFF;
                }
                case BPF_LD | BPF_B | BPF_IND -> {
                    if (isOutside(x, k, Byte.BYTES, capturedLength)) {
                        return 0;
                    }
                    a = packet.get(offset + x + k) & 0xFF;
                }
                case BPF_LDX | BPF_B | BPF_MSH -> {
                    if (isOutside(k, Byte.BYTES, capturedLength)) {
                        return 0;
                    }
                    x = (packet.get(offset + k) & 0xF) << 2;
                }
                case BPF_LD | BPF_W | BPF_LEN -> a = wireLength;
                case BPF_LDX | BPF_W | BPF_LEN -> x = wireLength;
                case BPF_LD | BPF_IMM -> a = k;
                case BPF_LDX | BPF_IMM -> x = k;
                case BPF_LD | BPF_MEM -> a = memory[k];
                case BPF_LDX | BPF_MEM -> x = memory[k];
                case BPF_ST -> memory[k] = a;
                case BPF_STX -> memory[k] = x;

                case BPF_JMP | BPF_JA -> pc += k;
                case BPF_JMP | BPF_JEQ | BPF_K -> pc += skip(instruction, a == k);
                case BPF_JMP | BPF_JEQ | BPF_X -> pc += skip(instruction, a == x);
                case BPF_JMP | BPF_JGT | BPF_K -> pc += skip(instruction, Integer.compareUnsigned(a, k) > 0);
                case BPF_JMP | BPF_JGT | BPF_X -> pc += skip(instruction, Integer.compareUnsigned(a, x) > 0);
                case BPF_JMP | BPF_JGE | BPF_K -> pc += skip(instruction, Integer.compareUnsigned(a, k) >= 0);
                case BPF_JMP | BPF_JGE | BPF_X -> pc += skip(instruction, Integer.compareUnsigned(a, x) >= 0);
                case BPF_JMP | BPF_JSET | BPF_K -> pc += skip(instruction, (a & k) != 0);
                case BPF_JMP | BPF_JSET | BPF_X -> pc += skip(instruction, (a & x) != 0);

                case BPF_ALU | BPF_ADD | BPF_K -> a += k;
                case BPF_ALU | BPF_ADD | BPF_X -> a += x;
                case BPF_ALU | BPF_SUB | BPF_K -> a -= k;
                case BPF_ALU | BPF_SUB | BPF_X -> a -= x;
                case BPF_ALU | BPF_MUL | BPF_K -> a *= k;
                case BPF_ALU | BPF_MUL | BPF_X -> a *= x;
                case BPF_ALU | BPF_DIV | BPF_K -> a = Integer.divideUnsigned(a, k);
                case BPF_ALU | BPF_DIV | BPF_X -> {
                    if (x == 0) {
                        return 0;
                    }
                    a = Integer.divideUnsigned(a, x);
                }
                case BPF_ALU | BPF_MOD | BPF_K -> a = Integer.remainderUnsigned(a, k);
                case BPF_ALU | BPF_MOD | BPF_X -> {
                    if (x == 0) {
                        return 0;
                    }
                    a = Integer.remainderUnsigned(a, x);
                }
                case BPF_ALU | BPF_AND | BPF_K -> a &= k;
                case BPF_ALU | BPF_AND | BPF_X -> a &= x;
                case BPF_ALU | BPF_OR | BPF_K -> a |= k;
                case BPF_ALU | BPF_OR | BPF_X -> a |= x;
                case BPF_ALU | BPF_XOR | BPF_K -> a ^= k;
                case BPF_ALU | BPF_XOR | BPF_X -> a ^= x;
                case BPF_ALU | BPF_LSH | BPF_K -> a <<= k;
                case BPF_ALU | BPF_LSH | BPF_X -> a = Integer.compareUnsigned(x, Integer.SIZE) < 0 ? a << x : 0;
                case BPF_ALU | BPF_RSH | BPF_K -> a >>>= k;
                case BPF_ALU | BPF_RSH | BPF_X -> a = Integer.compareUnsigned(x, Integer.SIZE) < 0 ? a >>> x : 0;
                case BPF_ALU | BPF_NEG -> a = -a;
                case BPF_MISC | BPF_TAX -> x = a;
                case BPF_MISC | BPF_TXA -> a = x;

                case BPF_RET | BPF_K -> {
                    return k;
                }
                case BPF_RET | BPF_A -> {
                    return a;
                }
                default -> throw new AssertionError("a checked program has no other instruction");
            }
        }
    }

    private static int skip(long instruction, boolean condition) {
        return (int) (instruction >>> (condition ? 16 : 24)) & 0xFF;
    }

    private static boolean isOutside(int k, int size, int capturedLength) {
        return k < 0 || k > capturedLength - size;
    }

    private static boolean isOutside(int x, int k, int size, int capturedLength) {
        long at = Integer.toUnsignedLong(x) + Integer.toUnsignedLong(k);
        return at > capturedLength - size;
    }

    private boolean isTagQuestion(int k) {
        return knowsTag
                && (k == SKF_AD_OFF + SKF_AD_VLAN_TAG
                        || k == SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT
                        || k == SKF_AD_OFF + SKF_AD_VLAN_TPID);
    }

    private int tagAnswer(int k) {
        boolean present = strippedTag >= 0;
        return switch (k - SKF_AD_OFF) {
            case SKF_AD_VLAN_TAG_PRESENT -> present ? 1 : 0;
            case SKF_AD_VLAN_TAG -> present ? strippedTag : 0;
            default -> strippedTpid;
        };
    }
}
