package dev.weir.testkit.lab;

import dev.weir.WeirException;
import dev.weir.linux.NetworkNamespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** A host of a {@link NetworkLab}: a network namespace, what runs in it, and its interfaces. */
public final class LabHost {
    private static final Duration RUN_PATIENCE = Duration.ofSeconds(30);
    private static final int CARRIER_PATIENCE_MS = 5_000;

    private final String name;
    private final String namespace;
    private final List<LabInterface> interfaces = new ArrayList<>();
    private final List<LabProcess> processes = new ArrayList<>();

    LabHost(String name, String namespace) {
        this.name = name;
        this.namespace = namespace;
    }

    /** What the test calls it. */
    public String name() {
        return name;
    }

    /** The namespace's name, as {@code ip netns} knows it. */
    public String namespace() {
        return namespace;
    }

    /** Its ends of cables, in the order they were laid. */
    public List<LabInterface> interfaces() {
        return List.copyOf(interfaces);
    }

    /** The IPv4 address of its first cable. */
    public String ipv4() {
        return first().ipv4();
    }

    /** The IPv6 address of its first cable. */
    public String ipv6() {
        return first().ipv6();
    }

    /** The interface of its first cable. */
    public String interfaceName() {
        return first().name();
    }

    private LabInterface first() {
        if (interfaces.isEmpty()) {
            throw new IllegalStateException("the host " + name + " has no cable yet: NetworkLab.connect lays one");
        }
        return interfaces.get(0);
    }

    /**
     * Runs a command inside to its end, 30 seconds at most.
     *
     * @return what it printed, both streams together
     * @throws WeirException when it fails or does not end
     */
    public String run(String... command) {
        LabProcess process = start(command);
        int exitCode = process.awaitExit(RUN_PATIENCE);
        processes.remove(process);
        if (exitCode != 0) {
            throw new WeirException("\"" + String.join(" ", command) + "\" on " + name + " failed with exit code "
                    + exitCode + ": " + process.output().strip());
        }
        return process.output();
    }

    /** Starts a command inside; it is ended with the lab, unless it was before. */
    public LabProcess start(String... command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        all.addAll(List.of(command));
        LabProcess process = LabProcess.start(name, all);
        processes.add(process);
        return process;
    }

    /** Runs {@code ip} with these arguments for this host. */
    public String ip(String... arguments) {
        List<String> all = new ArrayList<>(List.of("ip", "-n", namespace));
        all.addAll(List.of(arguments));
        return Commands.run(all.toArray(String[]::new));
    }

    /**
     * Runs Java code inside, on a thread made for it, and waits for it. Sockets that it opens stay inside, whichever
     * thread uses them later; so a capture or pipeline is opened here and then used from anywhere.
     */
    public <T> T call(Callable<T> task) {
        try (NetworkNamespace inside = NetworkNamespace.open(namespace)) {
            return inside.call(task);
        }
    }

    /**
     * A thread inside, not started yet, for code that opens sockets as it goes. The test ends it: the namespace goes
     * only when the last thread in it has ended.
     */
    public Thread newThread(String threadName, Runnable task) {
        try (NetworkNamespace inside = NetworkNamespace.open(namespace)) {
            inside.call(() -> null); // fails here, where the test sees it
        }
        return new Thread(
                () -> {
                    try (NetworkNamespace inside = NetworkNamespace.open(namespace)) {
                        inside.enter();
                    }
                    task.run();
                },
                threadName);
    }

    LabInterface newInterface(String ipv4, String ipv6) {
        LabInterface added = new LabInterface("eth" + interfaces.size(), ipv4, ipv6);
        interfaces.add(added);
        return added;
    }

    void configure(LabInterface end) {
        ip("addr", "add", end.ipv4() + "/24", "dev", end.name());
        // nodad: the address can be used at once, instead of after a second of asking whether somebody has it
        ip("-6", "addr", "add", end.ipv6() + "/64", "dev", end.name(), "nodad");
        ip("link", "set", end.name(), "up");
    }

    void awaitCarrier(LabInterface end) {
        for (int waitedMs = 0; waitedMs < CARRIER_PATIENCE_MS; waitedMs += 5) {
            if (ip("-o", "link", "show", "dev", end.name()).contains("LOWER_UP")) {
                return;
            }
            NetworkLab.pause(5);
        }
        throw new WeirException(end.name() + " of " + name + " does not come up");
    }

    void close() {
        processes.forEach(LabProcess::close);
        processes.clear();
        NetworkLab.remove(namespace);
    }

    @Override
    public String toString() {
        return name + " (" + namespace + ")";
    }
}
