package dev.weir.xdp.filter;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.spi.Options;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
 * @param acceptMask which bits of the mark are set; 0 for no mark
 */
record FilterSettings(
        Hook hook,
        Mode mode,
        TcAttachment attachment,
        boolean ingress,
        boolean egress,
        int maxFlows,
        int acceptMark,
        int acceptMask) {
    private static final int MAX_FLOWS = 1 << 24;
    private static final Pattern MARK =
            Pattern.compile("(0x[0-9a-fA-F]{1,8}|[0-9]{1,9})(?:/(0x[0-9a-fA-F]{1,8}|[0-9]{1,9}))?");

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
                    "accept-mark",
                    "a mark, or mark/mask",
                    "",
                    "Of tc: packets of accepted flows get this mark, so that a rule can keep them out of a queue."));

    enum Hook {
        AUTO,
        XDP,
        TC
    }

    enum Mode {
        AUTO,
        NATIVE,
        GENERIC
    }

    enum TcAttachment {
        AUTO,
        TCX,
        CLSACT
    }

    static FilterSettings of(Options options) {
        Hook hook = Hook.valueOf(upper(options.choice("hook", "auto", "xdp", "tc")));
        String direction = options.choice("direction", "ingress", "egress", "both");
        int[] mark = mark(options.text("accept-mark"));
        if (hook == Hook.XDP && mark[1] != 0) {
            throw new WeirException("bpf option accept-mark needs hook=tc: before tc a packet has no mark");
        }
        if (hook == Hook.XDP && !direction.equals("ingress")) {
            throw new WeirException("bpf option direction=" + direction + " needs hook=tc: xdp sees ingress alone");
        }
        return new FilterSettings(
                hook,
                Mode.valueOf(upper(options.choice("mode", "auto", "native", "generic"))),
                TcAttachment.valueOf(upper(options.choice("tc", "auto", "tcx", "clsact"))),
                !direction.equals("egress"),
                !direction.equals("ingress"),
                options.isSet("flows") ? options.integer("flows", 1, MAX_FLOWS) : 0,
                mark[0],
                mark[1]);
    }

    private static String upper(String choice) {
        return choice.toUpperCase(Locale.ROOT);
    }

    private static int[] mark(String text) {
        if (text.isEmpty()) {
            return new int[2];
        }
        Matcher matcher = MARK.matcher(text);
        if (!matcher.matches()) {
            throw new WeirException(
                    "bpf option accept-mark must be a mark, or mark/mask, such as 0x1/0x1, not \"" + text + "\"");
        }
        int mask = matcher.group(2) == null ? -1 : Long.decode(matcher.group(2)).intValue();
        if (mask == 0) {
            throw new WeirException("bpf option accept-mark has an empty mask: " + text);
        }
        return new int[] {Long.decode(matcher.group(1)).intValue(), mask};
    }

    /** Something was asked for that tc alone can do. */
    boolean needsTc() {
        return acceptMask != 0 || egress;
    }
}
