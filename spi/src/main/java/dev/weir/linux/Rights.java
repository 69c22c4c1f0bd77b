package dev.weir.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The capabilities that the calling thread has in effect. A capability may still not reach the thing asked for (another
 * user namespace owns the network, a security module objects): try, and use this to explain a refusal.
 */
public final class Rights {
    /** Those that matter here, with their numbers from {@code linux/capability.h}. */
    public enum Capability {
        CAP_NET_ADMIN(12),
        CAP_NET_RAW(13),
        CAP_IPC_LOCK(14),
        CAP_SYS_PTRACE(19),
        CAP_SYS_ADMIN(21),
        CAP_PERFMON(38),
        CAP_BPF(39);

        private final int number;

        Capability(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    private static final Path STATUS = Path.of("/proc/thread-self/status");
    private static final String EFFECTIVE = "CapEff:";

    private Rights() {}

    /** Empty when it could not be told, because /proc is not mounted for instance. */
    public static Optional<Set<Capability>> effective() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(EFFECTIVE)) {
                    return Optional.of(parse(line.substring(EFFECTIVE.length()).strip()));
                }
            }
            return Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    static Set<Capability> parse(String hexadecimal) {
        long mask = Long.parseUnsignedLong(hexadecimal, 16);
        Set<Capability> set = EnumSet.noneOf(Capability.class);
        for (Capability capability : Capability.values()) {
            if ((mask >>> capability.number() & 1) != 0) {
                set.add(capability);
            }
        }
        return set;
    }

    /** True when all are known to be in effect. */
    public static boolean has(Capability... capabilities) {
        Set<Capability> wanted = EnumSet.noneOf(Capability.class);
        wanted.addAll(Set.of(capabilities));
        return effective().map(set -> set.containsAll(wanted)).orElse(false);
    }

    /** What to do when a call that needs these is refused, a clause for an error message. */
    public static String advice(Capability first, Capability... others) {
        return advice(effective(), EnumSet.of(first, others));
    }

    static String advice(Optional<Set<Capability>> effective, Set<Capability> needed) {
        if (effective.isEmpty()) {
            return "run as root, or with " + names(needed);
        }
        Set<Capability> missing = EnumSet.copyOf(needed);
        missing.removeAll(effective.get());
        if (missing.isEmpty()) {
            return "this process has " + names(needed) + ", so something else forbids it:"
                    + " a container, a user namespace, a security module";
        }
        String names = names(missing);
        // setcap on the java binary is no way out: the loader then ignores the path to the JVM's own libraries.
        return "this process lacks " + names + "; run as root, or give it the right as an ambient capability"
                + " (systemd: AmbientCapabilities=" + names.replace(" and ", " ") + ")";
    }

    private static String names(Set<Capability> capabilities) {
        return capabilities.stream().map(Enum::name).collect(Collectors.joining(" and "));
    }
}
