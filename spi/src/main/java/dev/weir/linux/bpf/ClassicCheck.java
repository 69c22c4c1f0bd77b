package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import dev.weir.WeirException;
import java.util.Arrays;
import java.util.List;

/** What the kernel demands of a program ({@code bpf_check_classic} in {@code net/core/filter.c}). */
final class ClassicCheck {
    private static final int ALL_WORDS = 0xFFFF;
    private static final int MAXIMUM_SKIP = 255;

    private final List<Instruction> program;

    private ClassicCheck(List<Instruction> program) {
        this.program = program;
    }

    static void check(List<Instruction> program) {
        if (program.isEmpty() || program.size() > BPF_MAXINSNS) {
            throw new WeirException("a filter has 1 to " + BPF_MAXINSNS + " instructions, not " + program.size()
                    + "; simplify the expression");
        }
        new ClassicCheck(program).run();
    }

    private void run() {
        for (int pc = 0; pc < program.size(); pc++) {
            checkInstruction(pc, program.get(pc));
        }
        require(program.get(program.size() - 1).isReturn(), program.size() - 1, "the last instruction is no return");
        checkMemoryIsWrittenBeforeItIsRead();
    }

    private void checkInstruction(int pc, Instruction in) {
        int k = in.k();
        int left = program.size() - pc - 1;
        require(isKnown(in.code()), pc, "there is no instruction 0x" + Integer.toHexString(in.code()));
        require(
                in.jt() >= 0 && in.jt() <= MAXIMUM_SKIP && in.jf() >= 0 && in.jf() <= MAXIMUM_SKIP,
                pc,
                "a conditional jump skips at most " + MAXIMUM_SKIP + " instructions");
        switch (in.code()) {
            case BPF_ALU | BPF_DIV | BPF_K, BPF_ALU | BPF_MOD | BPF_K -> require(k != 0, pc, "division by zero");
            case BPF_ALU | BPF_LSH | BPF_K, BPF_ALU | BPF_RSH | BPF_K ->
                require(k >= 0 && k < Integer.SIZE, pc, "a shift by more than a word");
            case BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM, BPF_ST, BPF_STX ->
                require(k >= 0 && k < BPF_MEMWORDS, pc, "there are " + BPF_MEMWORDS + " words of scratch memory");
            case BPF_JMP | BPF_JA -> require(k >= 0 && k < left, pc, "a jump out of the program");
            case BPF_LD | BPF_W | BPF_ABS, BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS ->
                require(
                        Integer.compareUnsigned(k, SKF_AD_OFF) < 0 || isAncillary(k - SKF_AD_OFF),
                        pc,
                        "the kernel knows nothing about a packet under this number");
            default -> {
                if (in.isConditionalJump()) {
                    require(in.jt() < left && in.jf() < left, pc, "a jump out of the program");
                }
            }
        }
    }

    private static boolean isAncillary(int what) {
        return what >= SKF_AD_PROTOCOL && what <= SKF_AD_VLAN_TPID && what % 4 == 0;
    }

    private static boolean isKnown(int code) {
        return switch (code) {
            case BPF_LD | BPF_W | BPF_ABS,
                    BPF_LD | BPF_H | BPF_ABS,
                    BPF_LD | BPF_B | BPF_ABS,
                    BPF_LD | BPF_W | BPF_IND,
                    BPF_LD | BPF_H | BPF_IND,
                    BPF_LD | BPF_B | BPF_IND,
                    BPF_LD | BPF_W | BPF_LEN,
                    BPF_LD | BPF_IMM,
                    BPF_LD | BPF_MEM,
                    BPF_LDX | BPF_W | BPF_LEN,
                    BPF_LDX | BPF_B | BPF_MSH,
                    BPF_LDX | BPF_IMM,
                    BPF_LDX | BPF_MEM,
                    BPF_ST,
                    BPF_STX,
                    BPF_ALU | BPF_NEG,
                    BPF_JMP | BPF_JA,
                    BPF_MISC | BPF_TAX,
                    BPF_MISC | BPF_TXA,
                    BPF_RET | BPF_K,
                    BPF_RET | BPF_A -> true;
            default ->
                switch (code & ~BPF_X) {
                    case BPF_ALU | BPF_ADD,
                            BPF_ALU | BPF_SUB,
                            BPF_ALU | BPF_MUL,
                            BPF_ALU | BPF_DIV,
                            BPF_ALU | BPF_MOD,
                            BPF_ALU | BPF_AND,
                            BPF_ALU | BPF_OR,
                            BPF_ALU | BPF_XOR,
                            BPF_ALU | BPF_LSH,
                            BPF_ALU | BPF_RSH,
                            BPF_JMP | BPF_JEQ,
                            BPF_JMP | BPF_JGT,
                            BPF_JMP | BPF_JGE,
                            BPF_JMP | BPF_JSET -> true;
                    default -> false;
                };
        };
    }

    /** Every way to an instruction is looked at once, because all jumps go forward. */
    private void checkMemoryIsWrittenBeforeItIsRead() {
        int[] writtenOnEveryWay = new int[program.size()];
        Arrays.fill(writtenOnEveryWay, ALL_WORDS);
        int written = 0;
        for (int pc = 0; pc < program.size(); pc++) {
            Instruction in = program.get(pc);
            written &= writtenOnEveryWay[pc];
            switch (in.code()) {
                case BPF_ST, BPF_STX -> written |= 1 << in.k();
                case BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM ->
                    require((written & 1 << in.k()) != 0, pc, "scratch memory is read before it is written");
                case BPF_JMP | BPF_JA -> {
                    writtenOnEveryWay[pc + 1 + in.k()] &= written;
                    written = ALL_WORDS;
                }
                default -> {
                    if (in.isJump()) {
                        writtenOnEveryWay[pc + 1 + in.jt()] &= written;
                        writtenOnEveryWay[pc + 1 + in.jf()] &= written;
                        written = ALL_WORDS;
                    }
                }
            }
        }
    }

    private static void require(boolean met, int pc, String otherwise) {
        if (!met) {
            throw new WeirException("not a filter that the kernel takes: " + otherwise + " (instruction " + pc + ")");
        }
    }
}
