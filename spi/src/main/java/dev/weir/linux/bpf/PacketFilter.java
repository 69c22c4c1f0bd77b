package dev.weir.linux.bpf;

import dev.weir.LinkType;
import dev.weir.WeirException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A filter expression for packets in memory, which may be of several link types: compiled for each when it is first
 * seen. Allocates nothing afterwards. Used by one thread at a time.
 */
public final class PacketFilter {
    private static final int WHOLE_PACKET_BYTES = 262_144;

    private final String expression;
    private final ClassicInterpreter interpreter = new ClassicInterpreter();
    private int[] linkTypes = new int[2];
    private ClassicProgram[] programs = new ClassicProgram[2];
    private int count;
    private int latest;
    private volatile List<String> refusals = List.of();

    /**
     * Compiles the expression for the first link type.
     *
     * @throws WeirException when that is not possible
     */
    public PacketFilter(String expression, int linkType) {
        this.expression = expression;
        add(linkType, FilterCompiler.compile(expression, linkType, WHOLE_PACKET_BYTES));
    }

    /**
     * Whether a packet is wanted. For a link type that the expression cannot be compiled for no packet is.
     *
     * @param memory read by index, from {@code offset} on
     * @param linkType a number of {@link LinkType}
     */
    public boolean matches(ByteBuffer memory, int offset, int capturedLength, int wireLength, int linkType) {
        if (linkTypes[latest] != linkType) {
            latest = find(linkType);
        }
        return interpreter.run(programs[latest], memory, offset, capturedLength, wireLength) != 0;
    }

    private int find(int linkType) {
        for (int i = 0; i < count; i++) {
            if (linkTypes[i] == linkType) {
                return i;
            }
        }
        ClassicProgram program;
        try {
            program = FilterCompiler.compile(expression, linkType, WHOLE_PACKET_BYTES);
        } catch (WeirException e) {
            program = ClassicProgram.constant(0);
            List<String> more = new ArrayList<>(refusals);
            more.add("no packet of " + LinkType.name(linkType) + " is taken: " + e.getMessage());
            refusals = List.copyOf(more);
        }
        add(linkType, program);
        return count - 1;
    }

    private void add(int linkType, ClassicProgram program) {
        if (count == linkTypes.length) {
            linkTypes = Arrays.copyOf(linkTypes, count * 2);
            programs = Arrays.copyOf(programs, count * 2);
        }
        linkTypes[count] = linkType;
        programs[count++] = program;
    }

    /** Link types that the expression could not be compiled for, with the reasons. Any thread. */
    public List<String> refusals() {
        return refusals;
    }
}
