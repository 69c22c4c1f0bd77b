package dev.weir.bench;

import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network namespace of its own with a veth pair in it: frames sent on {@link #SENDER} are received on
 * {@link #RECEIVER}, and nothing else is under way there. The name carries the process id, so that what a killed run
 * left behind is known as such and removed by the next.
 */
final class BenchLink implements AutoCloseable {
    static final String SENDER = "weir-tx";
    static final String RECEIVER = "weir-rx";
    static final String ONWARDS = "weir-on";
    static final String END = "weir-end";

    /** Of the namespaces of all benchmarks; the process id follows. */
    static final String PREFIX = "weir-bench-";

    private static final Pattern NAME = Pattern.compile(PREFIX + "(\\d+)(?:-\\w+)?");

    private final String namespace = PREFIX + ProcessHandle.current().pid();
    private final Thread removal = new Thread(this::remove, "bench-link-removal");

    private BenchLink() {}

    static BenchLink open() {
        if (!"0".equals(Commands.check("id", "-u"))) {
            throw new WeirException("this benchmark makes a network namespace: run it as root");
        }
        removeLeftovers();
        BenchLink link = new BenchLink();
        Runtime.getRuntime().addShutdownHook(link.removal);
        Commands.check("ip", "netns", "add", link.namespace);
        link.check("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1");
        link.addPair(SENDER, RECEIVER);
        return link;
    }

    /** The command as it is run inside the namespace, on one CPU if {@code cpu} is not negative. */
    List<String> inside(int cpu, List<String> command) {
        List<String> wrapped = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        if (cpu >= 0) {
            wrapped.addAll(List.of("taskset", "-c", Integer.toString(cpu)));
        }
        wrapped.addAll(command);
        return wrapped;
    }

    /** Has netfilter queue what arrives in queue 0, and drop it when it has been accepted: nothing else is measured. */
    void queueWhatArrives() {
        check("ip", "link", "set", RECEIVER, "address", FloodDatagram.DESTINATION_HARDWARE_ADDRESS);
        queueing(0, "-A", "PREROUTING");
        check("iptables", "-w", "5", "-t", "mangle", "-A", "PREROUTING", "-i", RECEIVER, "-j", "DROP");
    }

    /** Has it queue in another queue from now on. */
    void queueIn(int queue) {
        queueing(queue, "-R", "PREROUTING", "1");
    }

    private void queueing(int queue, String... place) {
        List<String> rule = new ArrayList<>(List.of("iptables", "-w", "5", "-t", "raw"));
        rule.addAll(List.of(place));
        rule.addAll(List.of("-i", RECEIVER, "-j", "NFQUEUE", "--queue-num", Integer.toString(queue)));
        check(rule.toArray(String[]::new));
    }

    /** How many frames have arrived at the receiving end so far, whoever took them. */
    long arrived() {
        return arrived(RECEIVER);
    }

    /** The same of any interface. */
    long arrived(String name) {
        return Long.parseLong(check("cat", "/sys/class/net/" + name + "/statistics/rx_packets"));
    }

    /** A second veth: what a bridge sends on {@link #ONWARDS} arrives at {@link #END}. */
    void addSecond() {
        addPair(ONWARDS, END);
    }

    private void addPair(String left, String right) {
        check("ip", "link", "add", left, "type", "veth", "peer", "name", right);
        check("ip", "link", "set", left, "up");
        check("ip", "link", "set", right, "up");
    }

    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException shuttingDown) {
            // Then the hook runs, and finds nothing to do.
        }
    }

    private String check(String... command) {
        return Commands.check(inside(-1, List.of(command)).toArray(String[]::new));
    }

    private void remove() {
        Commands.run(null, List.of("ip", "netns", "delete", namespace));
    }

    /** Removes the namespaces of benchmarks that were killed. */
    static void removeLeftovers() {
        for (String line : Commands.check("ip", "netns", "list").lines().toList()) {
            String name = line.split(" ", 2)[0];
            Matcher matcher = NAME.matcher(name);
            if (matcher.matches()
                    && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) {
                Commands.run(null, List.of("ip", "netns", "delete", name));
            }
        }
    }
}
