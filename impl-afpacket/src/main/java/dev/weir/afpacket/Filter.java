package dev.weir.afpacket;

import dev.weir.linux.bpf.ClassicInterpreter;
import dev.weir.linux.bpf.ClassicProgram;
import dev.weir.linux.bpf.FilterCompiler;
import dev.weir.linux.bpf.VlanAwareProgram;

/**
 * What the kernel lets through, and what is left to decide here.
 *
 * <p>On Ethernet the kernel has taken the VLAN tag out of the bytes when its filter runs; {@link VlanAwareProgram} makes
 * the program look in the right place. Where it cannot, and for cooked frames, whose header does not exist yet in the
 * kernel, packets come unfiltered and whole, and the program runs here on the restored bytes.
 *
 * @param kernel for the socket
 * @param here for tagged Ethernet frames and for all cooked ones; null when the kernel decides alone
 */
record Filter(ClassicProgram kernel, ClassicProgram here) {
    static final ClassicProgram NOTHING = ClassicProgram.constant(0);

    static Filter of(Settings settings, Framing framing) {
        Filter asked = ofExpression(settings, framing);
        return settings.mark().isNone()
                ? asked
                : new Filter(
                        asked.kernel()
                                .onlyMarked(
                                        settings.mark().value(), settings.mark().mask()),
                        asked.here());
    }

    private static Filter ofExpression(Settings settings, Framing framing) {
        int snapLength = settings.snapLengthBytes();
        if (settings.filter().isEmpty()) {
            return new Filter(ClassicProgram.constant(snapLength), null);
        }
        ClassicProgram program = FilterCompiler.compile(settings.filter(), framing.linkType(), snapLength);
        return switch (framing) {
            case RAW_IP, RADIOTAP -> new Filter(program, null);
            case ETHERNET -> {
                VlanAwareProgram aware = VlanAwareProgram.of(program);
                yield aware.taggedNeedsUserFilter() ? undecided(settings, framing) : new Filter(aware.kernel(), null);
            }
            case COOKED -> undecided(settings, framing);
        };
    }

    /** Cut packets could not be judged here: the kernel leaves them whole, and the ring cuts what it lends out. */
    private static Filter undecided(Settings settings, Framing framing) {
        ClassicProgram program =
                FilterCompiler.compile(settings.filter(), framing.linkType(), Settings.WHOLE_PACKET_BYTES);
        return framing == Framing.COOKED
                ? new Filter(ClassicProgram.constant(Settings.WHOLE_PACKET_BYTES), program)
                : new Filter(VlanAwareProgram.of(program).kernel(), program);
    }

    /** For one thread; null when the kernel decides alone. */
    Recheck recheck() {
        if (here == null) {
            return null;
        }
        ClassicInterpreter interpreter = new ClassicInterpreter();
        return (memory, offset, captured, wire) -> interpreter.run(here, memory, offset, captured, wire) != 0;
    }
}
