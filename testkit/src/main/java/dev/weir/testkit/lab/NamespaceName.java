package dev.weir.testkit.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a lab's namespace: {@code weir-PID-START-NUMBER-HOST}. Process and start time say whose it is, so that
 * what a crashed run left can be told from what a running one uses.
 *
 * @param pid the process that made it
 * @param startTicks when that process started, in clock ticks since boot
 * @param number counts the namespaces of the process
 * @param host what the test calls it
 */
record NamespaceName(long pid, long startTicks, int number, String host) {
    private static final Pattern FORM = Pattern.compile("weir-(\\d{1,10})-(\\d{1,18})-(\\d{1,9})-([a-z0-9]+)");

    /** Field 22 of {@code /proc/PID/stat}; the second one is in parentheses and may hold anything (proc(5)). */
    private static final int START_FIELD_AFTER_NAME = 19;

    static NamespaceName ofThisProcess(int number, String host) {
        long pid = ProcessHandle.current().pid();
        return new NamespaceName(pid, startTicks(pid).orElse(0L), number, host);
    }

    static Optional<NamespaceName> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new NamespaceName(
                        Long.parseLong(matcher.group(1)),
                        Long.parseLong(matcher.group(2)),
                        Integer.parseInt(matcher.group(3)),
                        matcher.group(4)))
                : Optional.empty();
    }

    /** True when the process that made it is gone, also when another one has its number now. */
    boolean isOrphan() {
        return startTicks(pid).map(ticks -> ticks != startTicks).orElse(true);
    }

    /** When a process started; empty when there is none of this number. */
    static Optional<Long> startTicks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Optional.of(Long.parseLong(afterName[START_FIELD_AFTER_NAME]));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return "weir-" + pid + "-" + startTicks + "-" + number + "-" + host;
    }
}
