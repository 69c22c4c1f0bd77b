package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import java.util.List;

/** Writes programs in the notation of `tcpdump -d`. */
final class ClassicDisassembler {
    private ClassicDisassembler() {}

    static String disassemble(List<Instruction> program) {
        StringBuilder text = new StringBuilder();
        for (int pc = 0; pc < program.size(); pc++) {
            Instruction in = program.get(pc);
            String line = String.format("(%03d) %-8s ", pc, mnemonic(in));
            if (in.isConditionalJump()) {
                line += String.format("%-16s jt %d\tjf %d", operand(pc, in), pc + 1 + in.jt(), pc + 1 + in.jf());
            } else {
                line += operand(pc, in);
            }
            text.append(line.stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static String mnemonic(Instruction in) {
        return switch (in.code() & 0x07) {
            case BPF_LD -> "ld" + width(in);
            case BPF_LDX -> "ldx" + width(in);
            case BPF_ST -> "st";
            case BPF_STX -> "stx";
            case BPF_ALU -> arithmetic(in.operation());
            case BPF_JMP -> comparison(in.operation());
            case BPF_RET -> "ret";
            default -> in.code() == (BPF_MISC | BPF_TXA) ? "txa" : "tax";
        };
    }

    private static String width(Instruction in) {
        return switch (in.sizeBytes()) {
            case 1 -> "b";
            case 2 -> "h";
            default -> "";
        };
    }

    private static String arithmetic(int operation) {
        return switch (operation) {
            case BPF_ADD -> "add";
            case BPF_SUB -> "sub";
            case BPF_MUL -> "mul";
            case BPF_DIV -> "div";
            case BPF_MOD -> "mod";
            case BPF_AND -> "and";
            case BPF_OR -> "or";
            case BPF_XOR -> "xor";
            case BPF_LSH -> "lsh";
            case BPF_RSH -> "rsh";
            default -> "neg";
        };
    }

    private static String comparison(int operation) {
        return switch (operation) {
            case BPF_JEQ -> "jeq";
            case BPF_JGT -> "jgt";
            case BPF_JGE -> "jge";
            case BPF_JSET -> "jset";
            default -> "ja";
        };
    }

    private static String operand(int pc, Instruction in) {
        String hexadecimal = "#0x" + Integer.toHexString(in.k());
        return switch (in.code() & 0x07) {
            case BPF_LD, BPF_LDX -> source(in, hexadecimal);
            case BPF_ST, BPF_STX -> "M[" + in.k() + "]";
            case BPF_RET -> in.code() == (BPF_RET | BPF_A) ? "" : "#" + in.k();
            case BPF_JMP -> {
                if (in.operation() == BPF_JA) {
                    yield Integer.toString(pc + 1 + in.k());
                }
                yield (in.code() & BPF_X) != 0 ? "x" : hexadecimal;
            }
            case BPF_ALU ->
                switch (in.operation()) {
                    case BPF_NEG -> "";
                    case BPF_AND, BPF_OR, BPF_XOR -> (in.code() & BPF_X) != 0 ? "x" : hexadecimal;
                    default -> (in.code() & BPF_X) != 0 ? "x" : "#" + in.k();
                };
            default -> "";
        };
    }

    private static String source(Instruction in, String hexadecimal) {
        return switch (in.code() & 0xe0) {
            case BPF_ABS ->
                switch (in.k() - SKF_AD_OFF) {
                    case SKF_AD_VLAN_TAG -> "#vlan_tci";
                    case SKF_AD_VLAN_TAG_PRESENT -> "#vlan_avail";
                    case SKF_AD_VLAN_TPID -> "#vlan_tpid";
                    default -> "[" + in.k() + "]";
                };
            case BPF_IND -> "[x + " + in.k() + "]";
            case BPF_MEM -> "M[" + in.k() + "]";
            case BPF_LEN -> "#pktlen";
            case BPF_MSH -> "4*([" + in.k() + "]&0xf)";
            default -> hexadecimal;
        };
    }
}
