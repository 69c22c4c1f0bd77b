package dev.weir.firewall;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Has the rules read again on SIGHUP, and when the file has changed: looked at four times a second, and read when it
 * looks the same twice in a row, so that a file is not read while it is being written.
 */
final class RuleWatcher implements AutoCloseable {
    private static final long LOOK_MS = 250;

    /** What tells one state of a file from another. */
    private record Look(Object key, long lengthBytes, Object modified) {}

    private final RuleFile rules;
    private final PrintStream err;
    private final Runnable replaced;
    private final Semaphore asked = new Semaphore(0);
    private final Thread thread = new Thread(this::watch, "rules");
    private volatile boolean closed;
    private Look read;

    /**
     * @param rules read already: what is changed from now on is read again
     * @param replaced run when other rules are in force
     */
    RuleWatcher(RuleFile rules, PrintStream err, Runnable replaced) {
        this.rules = rules;
        this.err = err;
        this.replaced = replaced;
        read = look(rules.file());
        thread.setDaemon(true);
    }

    void start() {
        Hangup.handle(this::reloadSoon);
        if (Hangup.isIgnored(ownStatus())) {
            err.println("SIGHUP is ignored here, as under nohup: the rules are read again when their file changes");
        }
        thread.start();
    }

    private static List<String> ownStatus() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status"));
        } catch (IOException noProc) {
            return List.of();
        }
    }

    /** Has the file read now. Any thread. */
    void reloadSoon() {
        asked.release();
    }

    private void watch() {
        Look before = read;
        while (!closed) {
            boolean wasAsked = isAsked();
            Look now = look(rules.file());
            boolean settled = Objects.equals(now, before);
            if (wasAsked || now != null && settled && !now.equals(read)) {
                read = now;
                reload();
            }
            before = now;
        }
    }

    private boolean isAsked() {
        try {
            boolean wasAsked = asked.tryAcquire(LOOK_MS, TimeUnit.MILLISECONDS);
            asked.drainPermits();
            return wasAsked && !closed;
        } catch (InterruptedException e) {
            closed = true;
            return false;
        }
    }

    private void reload() {
        try {
            rules.reload();
            err.println(rules.count() + " rules from " + rules.file() + " are in force");
            replaced.run();
        } catch (RuleFileException e) {
            err.println(e.getMessage() + "; the rules stay as they are");
        }
    }

    private static Look look(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return new Look(found.fileKey(), found.size(), found.lastModifiedTime());
        } catch (IOException e) {
            return null; // being replaced, or gone: the rules stay
        }
    }

    @Override
    public void close() {
        closed = true;
        asked.release();
    }
}
