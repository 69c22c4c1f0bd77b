package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

/**
 * One instruction of classic BPF.
 *
 * @param code class, size, mode and operation, OR-ed constants of {@link Bpf}
 * @param jt instructions to skip when the condition holds, 0 to 255
 * @param jf instructions to skip when it does not, 0 to 255
 * @param k the constant, an unsigned number
 */
public record Instruction(int code, int jt, int jf, int k) {
    public static Instruction statement(int code, int k) {
        return new Instruction(code, 0, 0, k);
    }

    public static Instruction jump(int code, int k, int jt, int jf) {
        return new Instruction(code, jt, jf, k);
    }

    int operation() {
        return code & 0xf0;
    }

    boolean isLoad() {
        return (code & 0x07) == BPF_LD;
    }

    boolean isReturn() {
        return (code & 0x07) == BPF_RET;
    }

    boolean isJump() {
        return (code & 0x07) == BPF_JMP;
    }

    boolean isConditionalJump() {
        return isJump() && operation() != BPF_JA;
    }

    /** Bytes that a load from the packet takes. */
    int sizeBytes() {
        return switch (code & 0x18) {
            case BPF_B -> 1;
            case BPF_H -> 2;
            default -> 4;
        };
    }
}
