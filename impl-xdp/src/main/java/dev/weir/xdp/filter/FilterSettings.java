package dev.weir.xdp.filter;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.spi.Options;
import dev.weir.spi.PacketMark;
import java.util.List;
import java.util.Locale;

/**
 * The options of a kernel filter.
 *
 * @param hook where the program runs
 * @param mode of XDP
 * @param attachment of tc
 * @param ingress tc: what comes in
 * @param egress tc: what goes out
 * @param maxFlows how many flow verdicts; 0: what the pipeline says
 * @param acceptMark set on packets of accepted flows
 * @param steering tc: which packets are for Weir; {@link Steering#NOTHING} where nobody asked
 * @param steerMark set on these packets, and taken off all others
 */
record FilterSettings(
        Hook hook,
        XdpHook.Mode mode,
        TcAttachment attachment,
        boolean ingress,
        boolean egress,
        int maxFlows,
        PacketMark acceptMark,
        Steering steering,
        PacketMark steerMark) {
    private static final int MAX_FLOWS = 1 << 24;
    private static final String ACCEPT_MARK = "accept-mark";
    private static final String STEER = "steer";
    private static final String STEER_MARK = "steer-mark";

    static final List<OptionSpec> SPECS = List.of(
            new OptionSpec(
                    "hook",
                    "auto, xdp or tc",
                    "auto",
                    "Where the program runs. auto: xdp, the earliest place, where frames have an Ethernet header, else tc."),
            new OptionSpec(
                    "mode",
                    "auto, native or generic",
                    "auto",
                    "Of xdp. native: in the driver; generic: any driver, later. auto takes native where it works."),
            new OptionSpec(
                    "tc",
                    "auto, tcx or clsact",
                    "auto",
                    "Of tc. tcx: Linux 6.6, goes with the process; clsact: older kernels. auto takes tcx where it is."),
            new OptionSpec(
                    "direction",
                    "ingress, egress or both",
                    "ingress",
                    "Which packets of the interface; xdp sees ingress alone."),
            new OptionSpec("flows", "1 to " + MAX_FLOWS, "", "Flow verdicts at once; the standard is the pipeline's."),
            new OptionSpec(
                    ACCEPT_MARK,
                    PacketMark.ALLOWED,
                    "",
                    "Of tc: packets of accepted flows get this mark, so that a rule can keep them out of a queue."),
            new OptionSpec(
                    STEER,
                    Steering.ALLOWED,
                    "",
                    "Of tc: which packets are for Weir; they are counted, and get the mark of steer-mark. An entry with !"
                            + " before it names what is not; the longest prefix counts."),
            new OptionSpec(
                    STEER_MARK,
                    PacketMark.ALLOWED,
                    "",
                    "With steer: what is for Weir gets this mark, all else loses it. afpacket's option mark then captures"
                            + " these packets alone; a rule can lead them, and them alone, into a queue."));

    enum Hook {
        AUTO,
        XDP,
        TC
    }

    enum TcAttachment {
        AUTO,
        TCX,
        CLSACT
    }

    static FilterSettings of(Options options) {
        Hook hook = Hook.valueOf(upper(options.choice("hook", "auto", "xdp", "tc")));
        String direction = options.choice("direction", "ingress", "egress", "both");
        PacketMark acceptMark = PacketMark.of(options, ACCEPT_MARK);
        PacketMark steerMark = PacketMark.of(options, STEER_MARK);
        if (hook == Hook.XDP) {
            refuse(options, ACCEPT_MARK, "needs hook=tc: before tc a packet has no mark");
            refuse(options, STEER_MARK, "needs hook=tc: before tc a packet has no mark");
            refuse(options, STEER, "needs hook=tc; an XDP program steers into a capture, as in xdp:eth0?steer=");
        }
        if (hook == Hook.XDP && !direction.equals("ingress")) {
            throw new WeirException("bpf option direction=" + direction + " needs hook=tc: xdp sees ingress alone");
        }
        if (!steerMark.isNone() && !options.isSet(STEER)) {
            throw new WeirException("bpf option steer-mark needs steer=, which says what gets it");
        }
        if (steerMark.overlaps(acceptMark)) {
            throw new WeirException(
                    "bpf options steer-mark and accept-mark are the same bits: " + steerMark + " and " + acceptMark);
        }
        return new FilterSettings(
                hook,
                XdpHook.Mode.valueOf(upper(options.choice("mode", "auto", "native", "generic"))),
                TcAttachment.valueOf(upper(options.choice("tc", "auto", "tcx", "clsact"))),
                !direction.equals("egress"),
                !direction.equals("ingress"),
                options.isSet("flows") ? options.integer("flows", 1, MAX_FLOWS) : 0,
                acceptMark,
                options.isSet(STEER) ? Steering.of(options, STEER) : Steering.NOTHING,
                steerMark);
    }

    private static void refuse(Options options, String name, String why) {
        if (options.isSet(name)) {
            throw new WeirException("bpf option " + name + " " + why);
        }
    }

    private static String upper(String choice) {
        return choice.toUpperCase(Locale.ROOT);
    }

    /** What was asked for that tc alone can do; empty when nothing was. */
    String needsTc() {
        if (steers()) {
            return STEER;
        }
        if (!acceptMark.isNone()) {
            return ACCEPT_MARK;
        }
        return egress ? "egress" : "";
    }

    /** Packets for Weir are told from others. */
    boolean steers() {
        return steering != Steering.NOTHING;
    }
}
