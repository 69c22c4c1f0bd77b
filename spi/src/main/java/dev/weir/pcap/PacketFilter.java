package dev.weir.pcap;

import dev.weir.LinkType;
import dev.weir.WeirException;
import dev.weir.linux.bpf.ClassicInterpreter;
import dev.weir.linux.bpf.ClassicProgram;
import dev.weir.linux.bpf.FilterCompiler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A filter expression for files, which may hold several link types: compiled for each when it is first seen. */
final class PacketFilter {
    private static final int WHOLE_PACKET_BYTES = 262_144;

    private final String expression;
    private final ClassicInterpreter interpreter = new ClassicInterpreter();
    private int[] linkTypes = new int[2];
    private ClassicProgram[] programs = new ClassicProgram[2];
    private int count;
    private int latest;
    private volatile List<String> refusals = List.of();

    /**
     * Compiles the expression for the file's first link type.
     *
     * @throws WeirException when that is not possible
     */
    PacketFilter(String expression, int linkType) {
        this.expression = expression;
        add(linkType, FilterCompiler.compile(expression, linkType, WHOLE_PACKET_BYTES));
    }

    boolean matches(ByteBuffer memory, int offset, int capturedLength, int wireLength, int linkType) {
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
    List<String> refusals() {
        return refusals;
    }
}
