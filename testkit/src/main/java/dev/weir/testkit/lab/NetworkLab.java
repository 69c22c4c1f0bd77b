package dev.weir.testkit.lab;

import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hosts and cables on this machine: network namespaces, with veth pairs between them. What a lab makes has names that
 * are unique on the machine, and nothing outside of it is touched. Closing it ends the processes that were started in
 * it and removes everything.
 *
 * <p>Needs root and the {@code ip} command. Used by one thread.
 */
public final class NetworkLab implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final int END_PATIENCE_MS = 3_000;

    private final List<LabHost> hosts = new ArrayList<>();
    private int links;

    private NetworkLab() {}

    /** A lab without hosts. */
    public static NetworkLab open() {
        return new NetworkLab();
    }

    /**
     * Adds a host: a namespace with its loopback interface up.
     *
     * @param name lower-case letters and digits; what the host is called in messages and in its namespace's name
     */
    public LabHost host(String name) {
        if (!name.matches("[a-z0-9]{1,16}")) {
            throw new IllegalArgumentException("a host has a name of 1 to 16 letters and digits, not \"" + name + "\"");
        }
        NamespaceName namespace = NamespaceName.ofThisProcess(NUMBER.incrementAndGet(), name);
        Commands.run("ip", "netns", "add", namespace.toString());
        LabHost host = new LabHost(name, namespace.toString());
        hosts.add(host);
        host.ip("link", "set", "lo", "up");
        return host;
    }

    /**
     * Lays a cable: each host gets another Ethernet interface ({@code eth0}, {@code eth1}, …), up, with an address of
     * IPv4 ({@code 10.77.N.1/24} and {@code .2}) and one of IPv6 ({@code fd77:0:0:N::1/64} and {@code ::2}). Returns
     * when both can be used.
     */
    public LabLink connect(LabHost left, LabHost right) {
        int number = ++links;
        if (number > 255) {
            throw new IllegalStateException("a lab has at most 255 cables");
        }
        LabInterface leftEnd = left.newInterface("10.77." + number + ".1", "fd77:0:0:" + hex(number) + "::1");
        LabInterface rightEnd = right.newInterface("10.77." + number + ".2", "fd77:0:0:" + hex(number) + "::2");
        left.ip(
                "link",
                "add",
                leftEnd.name(),
                "type",
                "veth",
                "peer",
                "name",
                rightEnd.name(),
                "netns",
                right.namespace());
        left.configure(leftEnd);
        right.configure(rightEnd);
        left.awaitCarrier(leftEnd);
        right.awaitCarrier(rightEnd);
        return new LabLink(left, leftEnd, right, rightEnd);
    }

    /** The hosts, in the order they were made. */
    public List<LabHost> hosts() {
        return List.copyOf(hosts);
    }

    /** Ends what runs in the lab and removes its namespaces, the last one first. Called twice, it does nothing. */
    @Override
    public void close() {
        WeirException first = null;
        for (int i = hosts.size() - 1; i >= 0; i--) {
            try {
                hosts.get(i).close();
            } catch (WeirException e) {
                first = first == null ? e : first;
            }
        }
        hosts.clear();
        if (first != null) {
            throw first;
        }
    }

    /**
     * Removes the namespaces of labs whose process is gone without having closed them, and ends what still runs inside.
     * Those of running processes are left alone.
     *
     * @return the names of those removed
     */
    public static List<String> removeLeftovers() {
        List<String> removed = new ArrayList<>();
        for (String line : Commands.run("ip", "netns", "list").split("\n")) {
            String name = line.split(" ")[0];
            Optional<NamespaceName> parsed = NamespaceName.parse(name);
            if (parsed.isPresent() && parsed.get().isOrphan()) {
                remove(name);
                removed.add(name);
            }
        }
        return removed;
    }

    /** Everything that runs in a lab's namespace was started through the lab, so it may be ended. */
    static void remove(String namespace) {
        List<ProcessHandle> inside = processesIn(namespace);
        for (int waitedMs = 0; !inside.isEmpty() && waitedMs < END_PATIENCE_MS; waitedMs += 10) {
            inside.forEach(ProcessHandle::destroyForcibly);
            pause(10);
            inside = processesIn(namespace);
        }
        Commands.run("ip", "netns", "delete", namespace);
        if (!inside.isEmpty()) {
            throw new WeirException("processes in " + namespace + " do not end: " + inside);
        }
    }

    private static List<ProcessHandle> processesIn(String namespace) {
        Commands.Outcome pids = Commands.attempt("ip", "netns", "pids", namespace);
        if (pids.exitCode() != 0) {
            return List.of();
        }
        return pids.output()
                .lines()
                .filter(line -> line.matches("\\d+"))
                .map(Long::parseLong)
                .filter(pid -> pid != ProcessHandle.current().pid())
                .map(ProcessHandle::of)
                .flatMap(Optional::stream)
                .toList();
    }

    static void pause(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted while a network lab changed", e);
        }
    }

    private static String hex(int number) {
        return Integer.toHexString(number);
    }
}
