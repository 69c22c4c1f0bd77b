package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import java.util.Arrays;

/**
 * How small and how large the index register can be at each instruction of a program, as unsigned numbers.
 *
 * <p>One pass over the program: jumps go forward, so when an instruction is reached, every way to it has been walked.
 * The state of the machine is an interval for each register and each word of scratch memory; where ways meet, the
 * interval that covers both. What cannot be told is any number, so an answer may be too wide and is never too narrow.
 */
final class IndexBounds {
    private static final long MAX = 0xFFFF_FFFFL;
    private static final long LARGEST_HEADER_LENGTH = 60;

    private static final int A = 0;
    private static final int X = 1;
    private static final int MEMORY = 2;
    private static final int VALUES = MEMORY + BPF_MEMWORDS;

    private final long[] lowest;
    private final long[] highest;

    IndexBounds(ClassicProgram program) {
        lowest = new long[program.length()];
        highest = new long[program.length()];
        State[] before = new State[program.length()];
        before[0] = State.atStart();
        for (int pc = 0; pc < program.length(); pc++) {
            State state = before[pc];
            if (state == null) {
                // Nothing jumps here; any answer will do.
                highest[pc] = MAX;
                continue;
            }
            lowest[pc] = state.low[X];
            highest[pc] = state.high[X];
            Instruction in = program.instructions().get(pc);
            state.step(in);
            if (in.isConditionalJump()) {
                state.meet(before, pc + 1 + in.jt());
                state.meet(before, pc + 1 + in.jf());
            } else if (in.isJump()) {
                state.meet(before, pc + 1 + in.k());
            } else if (!in.isReturn()) {
                state.meet(before, pc + 1);
            }
        }
    }

    long lowestIndex(int pc) {
        return lowest[pc];
    }

    long highestIndex(int pc) {
        return highest[pc];
    }

    private static final class State {
        private final long[] low;
        private final long[] high;

        private State(long[] low, long[] high) {
            this.low = low;
            this.high = high;
        }

        /** Registers start at zero; memory is written before it is read, so what it holds now does not matter. */
        static State atStart() {
            return new State(new long[VALUES], new long[VALUES]);
        }

        void meet(State[] before, int target) {
            State other = before[target];
            if (other == null) {
                before[target] = new State(low.clone(), high.clone());
                return;
            }
            Arrays.setAll(other.low, i -> Math.min(other.low[i], low[i]));
            Arrays.setAll(other.high, i -> Math.max(other.high[i], high[i]));
        }

        void step(Instruction in) {
            long k = Integer.toUnsignedLong(in.k());
            switch (in.code()) {
                case BPF_LD | BPF_B | BPF_ABS, BPF_LD | BPF_B | BPF_IND -> set(A, 0, in.k() < 0 ? MAX : 0xFF);
                case BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_H | BPF_IND -> set(A, 0, in.k() < 0 ? MAX : 0xFFFF);
                case BPF_LD | BPF_W | BPF_ABS, BPF_LD | BPF_W | BPF_IND, BPF_LD | BPF_W | BPF_LEN -> set(A, 0, MAX);
                case BPF_LD | BPF_IMM -> set(A, k, k);
                case BPF_LD | BPF_MEM -> copy(MEMORY + in.k(), A);
                case BPF_LDX | BPF_W | BPF_LEN -> set(X, 0, MAX);
                case BPF_LDX | BPF_B | BPF_MSH -> set(X, 0, LARGEST_HEADER_LENGTH);
                case BPF_LDX | BPF_IMM -> set(X, k, k);
                case BPF_LDX | BPF_MEM -> copy(MEMORY + in.k(), X);
                case BPF_ST -> copy(A, MEMORY + in.k());
                case BPF_STX -> copy(X, MEMORY + in.k());
                case BPF_MISC | BPF_TAX -> copy(A, X);
                case BPF_MISC | BPF_TXA -> copy(X, A);
                default -> {
                    if ((in.code() & 0x07) == BPF_ALU) {
                        boolean byIndex = (in.code() & BPF_X) != 0;
                        compute(in.operation(), byIndex ? low[X] : k, byIndex ? high[X] : k);
                    }
                }
            }
        }

        /** The accumulator combined with an operand between two bounds. */
        private void compute(int operation, long from, long to) {
            long a = low[A];
            long b = high[A];
            switch (operation) {
                case BPF_ADD -> setOrAny(a + from, b + to);
                case BPF_SUB -> setOrAny(a - to, b - from);
                case BPF_MUL -> {
                    boolean fits = b == 0 || to <= MAX / b;
                    setOrAny(fits ? a * from : 0, fits ? b * to : MAX);
                }
                case BPF_AND -> set(A, 0, Math.min(b, to));
                case BPF_OR, BPF_XOR -> set(A, 0, Math.max(0, (Long.highestOneBit(b | to) << 1) - 1));
                case BPF_LSH -> {
                    boolean fits = to < Integer.SIZE && b << to <= MAX;
                    setOrAny(fits ? a << from : 0, fits ? b << to : MAX);
                }
                case BPF_RSH, BPF_DIV -> set(A, 0, b);
                case BPF_MOD -> set(A, 0, to == 0 ? b : Math.min(b, to - 1));
                default -> set(A, 0, MAX);
            }
        }

        /** A result below zero or beyond a word wraps around and can be any number. */
        private void setOrAny(long from, long to) {
            if (from < 0 || to > MAX) {
                set(A, 0, MAX);
            } else {
                set(A, from, to);
            }
        }

        private void set(int value, long from, long to) {
            low[value] = from;
            high[value] = to;
        }

        private void copy(int source, int target) {
            low[target] = low[source];
            high[target] = high[source];
        }
    }
}
