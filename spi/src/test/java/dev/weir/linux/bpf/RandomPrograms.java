package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Valid programs of every instruction, with offsets that crowd around the place of a VLAN tag. */
final class RandomPrograms {
    private static final int[] ARITHMETIC = {
        BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH
    };
    private static final int[] COMPARISONS = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
    private static final int[] SIZES = {BPF_B, BPF_H, BPF_W};

    private final Random random;
    private final int words;

    private RandomPrograms(Random random) {
        this.random = random;
        this.words = random.nextInt(8) == 0 ? BPF_MEMWORDS : random.nextInt(4);
    }

    static ClassicProgram next(Random random, int longest) {
        return new RandomPrograms(random).make(1 + random.nextInt(longest));
    }

    private ClassicProgram make(int length) {
        List<Instruction> program = new ArrayList<>();
        for (int word = 0; word < words; word++) {
            program.add(Instruction.statement(BPF_ST, word));
        }
        for (int left = length; left > 0; left--) {
            program.add(instruction(left));
        }
        program.add(Instruction.statement(BPF_RET | BPF_K, random.nextBoolean() ? 0 : 0x40000));
        return ClassicProgram.of(program);
    }

    private Instruction instruction(int left) {
        int size = SIZES[random.nextInt(3)];
        switch (random.nextInt(12)) {
            case 0, 1, 2:
                return Instruction.statement(BPF_LD | BPF_ABS | size, offset());
            case 3:
                return Instruction.statement(BPF_LD | BPF_IND | size, offset());
            case 4:
                return Instruction.statement(BPF_LDX | BPF_MSH | BPF_B, offset());
            case 5:
                return Instruction.statement(
                        random.nextBoolean() ? BPF_LD | BPF_W | BPF_LEN : BPF_LDX | BPF_W | BPF_LEN, 0);
            case 6:
                return Instruction.statement(random.nextBoolean() ? BPF_LD | BPF_IMM : BPF_LDX | BPF_IMM, number());
            case 7:
                return memory();
            case 8:
                return Instruction.statement(random.nextBoolean() ? BPF_MISC | BPF_TAX : BPF_MISC | BPF_TXA, 0);
            case 9:
                return arithmetic();
            default:
                return jump(left);
        }
    }

    private Instruction memory() {
        if (words == 0) {
            return Instruction.statement(BPF_ALU | BPF_NEG, 0);
        }
        int word = random.nextInt(words);
        return switch (random.nextInt(4)) {
            case 0 -> Instruction.statement(BPF_ST, word);
            case 1 -> Instruction.statement(BPF_STX, word);
            case 2 -> Instruction.statement(BPF_LD | BPF_MEM, word);
            default -> Instruction.statement(BPF_LDX | BPF_MEM, word);
        };
    }

    private Instruction arithmetic() {
        int operation = ARITHMETIC[random.nextInt(ARITHMETIC.length)];
        if (random.nextBoolean()) {
            return Instruction.statement(BPF_ALU | operation | BPF_X, 0);
        }
        int k =
                switch (operation) {
                    case BPF_LSH, BPF_RSH -> random.nextInt(32);
                    case BPF_DIV, BPF_MOD -> 1 + random.nextInt(100);
                    default -> number();
                };
        return Instruction.statement(BPF_ALU | operation | BPF_K, k);
    }

    private Instruction jump(int left) {
        if (random.nextInt(6) == 0) {
            return Instruction.statement(BPF_JMP | BPF_JA, random.nextInt(left));
        }
        int code = BPF_JMP | COMPARISONS[random.nextInt(COMPARISONS.length)] | (random.nextBoolean() ? BPF_X : BPF_K);
        int reach = Math.min(left, 256);
        return Instruction.jump(code, number(), random.nextInt(reach), random.nextInt(reach));
    }

    private int offset() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt(70);
            case 1 -> random.nextInt(8);
            default -> 8 + random.nextInt(14);
        };
    }

    private int number() {
        return switch (random.nextInt(5)) {
            case 0 -> random.nextInt();
            case 1 -> 0xFF;
            default -> random.nextInt(70);
        };
    }
}
