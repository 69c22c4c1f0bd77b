package dev.weir.firewall;

import dev.weir.WeirException;
import dev.weir.firewall.Commands.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Leads traffic to the queues with iptables rules of its own, for IPv4 and IPv6, and takes them away again.
 *
 * <p>The rules are in a chain that is named after the queues, {@code WEIR-0-3}, in the table mangle, where a rule jumps to
 * it from INPUT, FORWARD or OUTPUT. Mangle comes before filter: what this firewall lets pass still meets the rules of
 * others there. To keep decided flows in the kernel there is a second chain in filter, which saves the mark of what was
 * accepted. Both jumps carry a comment of this firewall; nothing else is touched.
 *
 * <p>A process that was killed leaves its rules behind. They are known by their name, and that nobody else has their
 * queues: the one who has the queues now takes them away.
 */
final class Steering {
    private static final String PREFIX = "WEIR-";
    private static final Pattern CHAIN = Pattern.compile("-N " + PREFIX + "(\\d+)(?:-(\\d+))?");
    private static final Pattern JUMP = Pattern.compile("-A (\\S+) .*-j (" + PREFIX + "\\d\\S*)");
    private static final List<String> TABLES = List.of("mangle", "filter");
    private static final List<String> HOOKS = List.of("INPUT", "FORWARD", "OUTPUT");
    private static final String WAIT_SECONDS = "10";

    private final Commands commands;
    private final QueueRange queues;
    private final List<String> programs;
    private boolean closed;

    /** @param queues those of this process, which it has bound already */
    Steering(Commands commands, QueueRange queues, boolean ipv6) {
        this.commands = commands;
        this.queues = queues;
        this.programs = ipv6 ? List.of("iptables", "ip6tables") : List.of("iptables");
    }

    /** True when this host speaks IPv6. */
    static boolean hostHasIpv6() {
        return Files.exists(Path.of("/proc/net/if_inet6"));
    }

    /**
     * Leads traffic to the queues, all of it or, when that fails, nothing.
     *
     * @param hook INPUT, FORWARD or OUTPUT
     * @param bypass true to let traffic pass when nobody has the queues
     * @param offload true to keep decided flows in the kernel
     * @return chains of other firewalls behind the same hook: what this one accepts leaves the table and does not get there
     */
    synchronized Set<String> add(String hook, boolean bypass, boolean offload) {
        if (closed) {
            return Set.of(); // the end came before the beginning
        }
        try {
            Set<String> others = new TreeSet<>();
            for (String program : programs) {
                addTo(program, hook, bypass, offload);
                others.addAll(othersAt(program, hook));
            }
            return others;
        } catch (WeirException e) {
            try {
                remove();
            } catch (WeirException more) {
                e.addSuppressed(more);
            }
            throw e;
        }
    }

    private void addTo(String program, String hook, boolean bypass, boolean offload) {
        String chain = chain(queues);
        if (offload) {
            require(program, "filter", "-N " + chain);
            require(program, "filter", "-A " + chain + " -m mark --mark " + is(FlowMarks.ACCEPT) + saveMark());
            jump(program, "filter", hook);
        }
        require(program, "mangle", "-N " + chain);
        // What answers a rejected packet is not traffic to be judged.
        require(program, "mangle", "-A " + chain + " -m mark --mark " + Firewall.REJECT_MARK + " -j RETURN");
        if (offload) {
            require(program, "mangle", "-A " + chain + " -m connmark --mark " + is(FlowMarks.ACCEPT) + " -j RETURN");
            require(program, "mangle", "-A " + chain + " -m connmark --mark " + is(FlowMarks.DROP) + " -j DROP");
            require(program, "mangle", "-A " + chain + " -m mark --mark " + is(FlowMarks.DROP) + saveMark());
            require(program, "mangle", "-A " + chain + " -m mark --mark " + is(FlowMarks.DROP) + " -j DROP");
        }
        String target = queues.first() == queues.last()
                ? "--queue-num " + queues.first()
                : "--queue-balance " + queues.first() + ":" + queues.last();
        require(program, "mangle", "-A " + chain + " -j NFQUEUE " + target + (bypass ? " --queue-bypass" : ""));
        // Last: nothing comes before the chain is whole.
        jump(program, "mangle", hook);
    }

    private void jump(String program, String table, String hook) {
        List<String> words = new ArrayList<>(List.of("-I", hook, "1"));
        words.addAll(jumpWords(queues));
        require(program, table, words);
    }

    private Set<String> othersAt(String program, String hook) {
        Set<String> others = new TreeSet<>();
        Matcher matcher = JUMP.matcher(require(program, "mangle", "-S"));
        while (matcher.find()) {
            if (matcher.group(1).equals(hook) && !matcher.group(2).equals(chain(queues))) {
                others.add(matcher.group(2));
            }
        }
        return others;
    }

    private static List<String> jumpWords(QueueRange of) {
        return List.of("-m", "comment", "--comment", "weir firewall, queues " + of, "-j", chain(of));
    }

    private static String is(String mark) {
        return mark + "/" + FlowMarks.MASK;
    }

    private static String saveMark() {
        return " -j CONNMARK --save-mark --nfmask " + FlowMarks.MASK + " --ctmask " + FlowMarks.MASK;
    }

    private static String chain(QueueRange of) {
        return PREFIX + of;
    }

    /** Takes this firewall's rules away for good, where there are any. Any thread. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            remove();
        }
    }

    private void remove() {
        for (String program : programs) {
            for (String table : TABLES) {
                removeFrom(program, table, queues);
            }
        }
    }

    /**
     * Takes away what killed processes left behind: rules for queues of this process, and for queues that nobody has.
     *
     * @param isBound tells whether some process has a queue
     * @return what was found, for people
     */
    synchronized Set<String> removeLeftovers(IntPredicate isBound) {
        Set<String> found = new TreeSet<>();
        for (String program : programs) {
            for (String table : TABLES) {
                for (QueueRange range : chains(program, table)) {
                    boolean isOurs = range.overlaps(queues);
                    if (isOurs
                            || IntStream.rangeClosed(range.first(), range.last())
                                    .noneMatch(isBound)) {
                        removeFrom(program, table, range);
                        found.add(chain(range));
                    }
                }
            }
        }
        return found;
    }

    private List<QueueRange> chains(String program, String table) {
        List<QueueRange> ranges = new ArrayList<>();
        Matcher matcher = CHAIN.matcher(require(program, table, "-S"));
        while (matcher.find()) {
            int first = Integer.parseInt(matcher.group(1));
            ranges.add(new QueueRange(first, matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2))));
        }
        return ranges;
    }

    /** Takes away one chain and the jumps to it; what is not there is passed over. */
    private void removeFrom(String program, String table, QueueRange range) {
        for (String hook : HOOKS) {
            List<String> words = new ArrayList<>(List.of("-D", hook));
            words.addAll(jumpWords(range));
            // Each turn takes one away.
            while (run(program, table, words).exitCode() == 0) {}
        }
        if (chains(program, table).contains(range)) {
            require(program, table, "-F " + chain(range));
            require(program, table, "-X " + chain(range));
        }
    }

    private String require(String program, String table, String words) {
        return require(program, table, Arrays.asList(words.split(" ")));
    }

    private String require(String program, String table, List<String> words) {
        Result result = run(program, table, words);
        if (result.exitCode() != 0) {
            throw new WeirException(
                    program + " -t " + table + " " + String.join(" ", words) + " failed: " + result.error());
        }
        return result.output();
    }

    private Result run(String program, String table, List<String> words) {
        List<String> command = new ArrayList<>(List.of(program, "-w", WAIT_SECONDS, "-t", table));
        command.addAll(words);
        return commands.run(command);
    }
}
