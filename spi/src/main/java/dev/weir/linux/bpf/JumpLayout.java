package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import java.util.ArrayList;
import java.util.List;

/**
 * Lays out a program again after its instructions have grown into blocks: jumps are aimed anew. A conditional jump
 * reaches 255 instructions; where that is too short it becomes a jump over two far ones.
 */
final class JumpLayout {
    private static final int MAXIMUM_SKIP = 255;
    private static final int FAR_JUMP_LENGTH = 3;

    private final List<Instruction> program;
    private final List<List<Instruction>> blocks;
    private final boolean[] far;
    private final int[] start;

    /** @param blocks what each instruction has become; of a jump, the jump itself */
    JumpLayout(ClassicProgram program, List<List<Instruction>> blocks) {
        this.program = program.instructions();
        this.blocks = blocks;
        this.far = new boolean[blocks.size()];
        this.start = new int[blocks.size()];
    }

    List<Instruction> lay() {
        // Making one jump far moves others apart; each round makes at least one more far, so there is an end.
        do {
            place();
        } while (makeJumpsFar());
        List<Instruction> laid = new ArrayList<>();
        for (int pc = 0; pc < program.size(); pc++) {
            Instruction in = program.get(pc);
            if (!in.isJump()) {
                laid.addAll(blocks.get(pc));
            } else if (!in.isConditionalJump()) {
                laid.add(Instruction.statement(in.code(), distance(pc, 0, pc + 1 + in.k())));
            } else if (far[pc]) {
                laid.add(Instruction.jump(in.code(), in.k(), 0, 1));
                laid.add(Instruction.statement(BPF_JMP | BPF_JA, distance(pc, 1, pc + 1 + in.jt())));
                laid.add(Instruction.statement(BPF_JMP | BPF_JA, distance(pc, 2, pc + 1 + in.jf())));
            } else {
                laid.add(Instruction.jump(
                        in.code(), in.k(), distance(pc, 0, pc + 1 + in.jt()), distance(pc, 0, pc + 1 + in.jf())));
            }
        }
        return laid;
    }

    private void place() {
        int next = 0;
        for (int pc = 0; pc < start.length; pc++) {
            start[pc] = next;
            next += far[pc] ? FAR_JUMP_LENGTH : blocks.get(pc).size();
        }
    }

    private boolean makeJumpsFar() {
        boolean changed = false;
        for (int pc = 0; pc < far.length; pc++) {
            Instruction in = program.get(pc);
            if (in.isConditionalJump()
                    && !far[pc]
                    && (distance(pc, 0, pc + 1 + in.jt()) > MAXIMUM_SKIP
                            || distance(pc, 0, pc + 1 + in.jf()) > MAXIMUM_SKIP)) {
                far[pc] = true;
                changed = true;
            }
        }
        return changed;
    }

    /** Instructions between the given one of a block and the block of another instruction. */
    private int distance(int pc, int within, int target) {
        return start[target] - (start[pc] + within + 1);
    }
}
