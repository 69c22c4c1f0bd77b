package dev.weir.linux.bpf;

import static dev.weir.linux.bpf.Bpf.*;

import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes an expression mean the same in the kernel as on the wire, although the kernel takes the outermost VLAN tag out
 * of an Ethernet frame before a socket filter sees it.
 *
 * <p>The program is compiled for the frame as it was on the wire. What is attached asks the kernel first whether it has
 * taken out a tag (SKF_AD_VLAN_TAG_PRESENT). If not, the program runs as it is. If so, a second copy runs in which every
 * load finds its bytes where they are now:
 *
 * <pre>
 * on the wire    0 … 11 addresses   12 13 TPID         14 15 TCI          16 … the rest
 * in the kernel  0 … 11             SKF_AD_VLAN_TPID   SKF_AD_VLAN_TAG    12 … the rest
 * </pre>
 *
 * Lengths grow by the four bytes again, and a snap length loses them. A load whose place depends on the packet moves
 * when it always stays behind the tag, else the second copy looks where it goes; {@link IndexBounds} says how far an
 * index can reach. When the second copy finds no scratch memory, or is too long for the kernel, tagged frames are all
 * accepted and {@link #taggedNeedsUserFilter()} is true: the caller then restores the tag and runs {@link #original()}
 * in a {@link ClassicInterpreter}.
 */
public final class VlanAwareProgram {
    private static final int ADDRESSES_BYTES = 12;
    private static final int TAG_BYTES = 4;

    /** Where the bytes behind the tag start on the wire. */
    private static final int BEHIND_TAG = ADDRESSES_BYTES + TAG_BYTES;

    private static final int TPID = SKF_AD_OFF + SKF_AD_VLAN_TPID;
    private static final int TCI = SKF_AD_OFF + SKF_AD_VLAN_TAG;
    private static final int TAG_PRESENT = SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT;

    private final ClassicProgram original;
    private final ClassicProgram kernel;
    private final boolean taggedNeedsUserFilter;

    private VlanAwareProgram(ClassicProgram original, ClassicProgram kernel, boolean taggedNeedsUserFilter) {
        this.original = original;
        this.kernel = kernel;
        this.taggedNeedsUserFilter = taggedNeedsUserFilter;
    }

    /**
     * @param original for Ethernet frames as they are on the wire
     * @throws WeirException when the program is so long that the kernel takes no question before it
     */
    public static VlanAwareProgram of(ClassicProgram original) {
        List<Instruction> tagged = new Rewriter(original).rewrite();
        if (tagged != null) {
            List<Instruction> both = combine(original, tagged);
            if (both.size() <= BPF_MAXINSNS) {
                return new VlanAwareProgram(original, ClassicProgram.of(both), false);
            }
        }
        List<Instruction> acceptTagged = List.of(Instruction.statement(BPF_RET | BPF_K, original.longestSnapLength()));
        return new VlanAwareProgram(original, ClassicProgram.of(combine(original, acceptTagged)), true);
    }

    /** To be attached to a packet socket on an interface with Ethernet headers. */
    public ClassicProgram kernel() {
        return kernel;
    }

    /** What the other was made from; for frames with their tags in place. */
    public ClassicProgram original() {
        return original;
    }

    /** Tagged frames come unfiltered: run {@link #original()} on each, once its tag is back in place. */
    public boolean taggedNeedsUserFilter() {
        return taggedNeedsUserFilter;
    }

    /** Both parts start with a zeroed accumulator, as a program may expect. */
    private static List<Instruction> combine(ClassicProgram untagged, List<Instruction> tagged) {
        List<Instruction> both = new ArrayList<>();
        both.add(Instruction.statement(BPF_LD | BPF_W | BPF_ABS, TAG_PRESENT));
        both.add(Instruction.jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
        both.add(Instruction.statement(BPF_JMP | BPF_JA, untagged.length()));
        both.addAll(untagged.instructions());
        both.add(Instruction.statement(BPF_LD | BPF_IMM, 0));
        both.addAll(tagged);
        return both;
    }

    /** Rewrites one program for frames without their outermost tag. */
    private static final class Rewriter {
        private final ClassicProgram program;
        private final IndexBounds bounds;
        private final int freeWord;

        Rewriter(ClassicProgram program) {
            this.program = program;
            this.bounds = new IndexBounds(program);
            this.freeWord = freeWord(program);
        }

        /** Null when a load cannot be placed. */
        List<Instruction> rewrite() {
            List<List<Instruction>> blocks = new ArrayList<>();
            for (int pc = 0; pc < program.length(); pc++) {
                List<Instruction> block = rewrite(pc, program.instructions().get(pc));
                if (block == null) {
                    return null;
                }
                blocks.add(block);
            }
            return new JumpLayout(program, blocks).lay();
        }

        private List<Instruction> rewrite(int pc, Instruction in) {
            return switch (in.code()) {
                case BPF_LD | BPF_W | BPF_ABS, BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS -> absolute(in);
                case BPF_LD | BPF_W | BPF_IND, BPF_LD | BPF_H | BPF_IND, BPF_LD | BPF_B | BPF_IND -> indirect(pc, in);
                case BPF_LDX | BPF_B | BPF_MSH -> headerLength(in);
                case BPF_LD | BPF_W | BPF_LEN ->
                    List.of(in, Instruction.statement(BPF_ALU | BPF_ADD | BPF_K, TAG_BYTES));
                case BPF_LDX | BPF_W | BPF_LEN ->
                    keepingAccumulator(
                            Instruction.statement(BPF_LD | BPF_W | BPF_LEN, 0),
                            Instruction.statement(BPF_ALU | BPF_ADD | BPF_K, TAG_BYTES));
                case BPF_RET | BPF_K -> List.of(Instruction.statement(in.code(), withoutTag(in.k())));
                default -> List.of(in);
            };
        }

        /** Of a snap length that ends before or inside the tag the addresses remain; 0 keeps meaning "no". */
        private static int withoutTag(int snapLength) {
            if (Integer.compareUnsigned(snapLength, ADDRESSES_BYTES) <= 0) {
                return snapLength;
            }
            return Integer.compareUnsigned(snapLength, BEHIND_TAG) <= 0 ? ADDRESSES_BYTES : snapLength - TAG_BYTES;
        }

        private List<Instruction> absolute(Instruction in) {
            int k = in.k();
            int size = in.sizeBytes();
            if (k < 0 || k + size <= ADDRESSES_BYTES) {
                return List.of(in);
            }
            if (k >= BEHIND_TAG) {
                return List.of(Instruction.statement(in.code(), k - TAG_BYTES));
            }
            if (size == 1) {
                return tagByte(k);
            }
            if (size == 2 && k == ADDRESSES_BYTES) {
                return List.of(ask(TPID));
            }
            if (size == 2 && k == ADDRESSES_BYTES + 2) {
                return List.of(ask(TCI));
            }
            return assemble(k, size);
        }

        /** One byte at a place on the wire, into the accumulator. */
        private List<Instruction> tagByte(int k) {
            boolean isHigh = k % 2 == 0;
            int half = k < ADDRESSES_BYTES + 2 ? TPID : TCI;
            return List.of(
                    ask(half),
                    isHigh
                            ? Instruction.statement(BPF_ALU | BPF_RSH | BPF_K, Byte.SIZE)
                            : Instruction.statement(BPF_ALU | BPF_AND | BPF_K, 0xFF));
        }

        /** A load across an edge of the tag, put together byte by byte; the index register lends a hand. */
        private List<Instruction> assemble(int k, int size) {
            if (freeWord < 0) {
                return null;
            }
            List<Instruction> block = new ArrayList<>();
            block.add(Instruction.statement(BPF_STX, freeWord));
            for (int i = 0; i < size; i++) {
                if (i > 0) {
                    block.add(Instruction.statement(BPF_ALU | BPF_LSH | BPF_K, Byte.SIZE));
                    block.add(Instruction.statement(BPF_MISC | BPF_TAX, 0));
                }
                block.addAll(absolute(Instruction.statement(BPF_LD | BPF_B | BPF_ABS, k + i)));
                if (i > 0) {
                    block.add(Instruction.statement(BPF_ALU | BPF_OR | BPF_X, 0));
                }
            }
            block.add(Instruction.statement(BPF_LDX | BPF_MEM, freeWord));
            return block;
        }

        /**
         * The place is known when the frame is. Mostly it is always behind the tag; where it need not be, the
         * accumulator, which the load overwrites anyway, is used to look where it is this time.
         */
        private List<Instruction> indirect(int pc, Instruction in) {
            int k = in.k();
            if (k < 0) {
                // No packet is that long.
                return List.of(Instruction.statement(BPF_RET | BPF_K, 0));
            }
            long lowest = bounds.lowestIndex(pc) + k;
            long highest = bounds.highestIndex(pc) + k;
            if (highest + in.sizeBytes() <= ADDRESSES_BYTES) {
                return List.of(in);
            }
            List<Instruction> behind = indirectBehind(in);
            if (behind == null || lowest >= BEHIND_TAG && highest <= Integer.MAX_VALUE) {
                return behind;
            }
            List<Instruction> block = new ArrayList<>();
            block.add(Instruction.statement(BPF_MISC | BPF_TXA, 0));
            if (highest > Integer.MAX_VALUE) {
                block.add(Instruction.jump(BPF_JMP | BPF_JGT | BPF_K, Integer.MAX_VALUE - k, 0, 1));
                block.add(Instruction.statement(BPF_RET | BPF_K, 0));
            }
            List<List<Instruction>> cases = new ArrayList<>();
            if (highest >= BEHIND_TAG) {
                cases.add(guarded(BPF_JGE, Math.max(0, BEHIND_TAG - k), behind));
            }
            for (long place = lowest; place < BEHIND_TAG && place <= highest; place++) {
                int at = (int) place;
                List<Instruction> load = absolute(Instruction.statement(BPF_LD | BPF_ABS | in.code() & 0x18, at));
                if (load == null) {
                    return null;
                }
                cases.add(guarded(BPF_JEQ, at - k, load));
            }
            int left = cases.stream().mapToInt(List::size).sum();
            for (List<Instruction> one : cases) {
                block.addAll(one);
                left -= one.size();
                // The placeholder at the end of a case leads behind the last one.
                block.set(block.size() - 1, Instruction.statement(BPF_JMP | BPF_JA, left));
            }
            return block;
        }

        /** Runs the load when the index fits, then leaves room for a jump to the end. */
        private static List<Instruction> guarded(int comparison, int index, List<Instruction> load) {
            List<Instruction> one = new ArrayList<>();
            one.add(Instruction.jump(BPF_JMP | comparison | BPF_K, index, 0, load.size() + 1));
            one.addAll(load);
            one.add(Instruction.statement(BPF_JMP | BPF_JA, 0));
            return one;
        }

        private List<Instruction> indirectBehind(Instruction in) {
            int k = in.k() - TAG_BYTES;
            if (k >= 0) {
                return List.of(Instruction.statement(in.code(), k));
            }
            if (freeWord < 0) {
                return null;
            }
            return List.of(
                    Instruction.statement(BPF_STX, freeWord),
                    Instruction.statement(BPF_MISC | BPF_TXA, 0),
                    Instruction.statement(BPF_ALU | BPF_SUB | BPF_K, -k),
                    Instruction.statement(BPF_MISC | BPF_TAX, 0),
                    Instruction.statement(in.code(), 0),
                    Instruction.statement(BPF_LDX | BPF_MEM, freeWord));
        }

        private List<Instruction> headerLength(Instruction in) {
            int k = in.k();
            if (k < 0 || k < ADDRESSES_BYTES) {
                return List.of(in);
            }
            if (k >= BEHIND_TAG) {
                return List.of(Instruction.statement(in.code(), k - TAG_BYTES));
            }
            List<Instruction> load = tagByte(k);
            return keepingAccumulator(
                    load.get(0),
                    load.get(1),
                    Instruction.statement(BPF_ALU | BPF_AND | BPF_K, 0xF),
                    Instruction.statement(BPF_ALU | BPF_LSH | BPF_K, 2));
        }

        /** What leaves its result in the accumulator, turned into what leaves it in the index register. */
        private List<Instruction> keepingAccumulator(Instruction... computation) {
            if (freeWord < 0) {
                return null;
            }
            List<Instruction> block = new ArrayList<>();
            block.add(Instruction.statement(BPF_ST, freeWord));
            block.addAll(List.of(computation));
            block.add(Instruction.statement(BPF_MISC | BPF_TAX, 0));
            block.add(Instruction.statement(BPF_LD | BPF_MEM, freeWord));
            return block;
        }

        private static Instruction ask(int what) {
            return Instruction.statement(BPF_LD | BPF_W | BPF_ABS, what);
        }

        /** A word of scratch memory that the program never touches; -1 when it uses all. */
        private static int freeWord(ClassicProgram program) {
            boolean[] used = new boolean[BPF_MEMWORDS];
            for (Instruction in : program.instructions()) {
                switch (in.code()) {
                    case BPF_ST, BPF_STX, BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM -> used[in.k()] = true;
                    default -> {}
                }
            }
            for (int word = BPF_MEMWORDS - 1; word >= 0; word--) {
                if (!used[word]) {
                    return word;
                }
            }
            return -1;
        }
    }
}
