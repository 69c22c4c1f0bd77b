package dev.weir.testkit.lab;

import dev.weir.WeirException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process in a lab. What it prints is kept, both streams together. Any thread. */
public final class LabProcess implements AutoCloseable {
    private static final int MAX_OUTPUT_CHARS = 1 << 20;
    private static final int END_PATIENCE_S = 3;

    private final String description;
    private final Process process;
    private final Thread reader;
    private final StringBuilder output = new StringBuilder();
    private boolean outputEnded;

    private LabProcess(String description, Process process) {
        this.description = description;
        this.process = process;
        this.reader = new Thread(this::read, "output of " + description);
        reader.setDaemon(true);
        reader.start();
    }

    static LabProcess start(String host, List<String> command) {
        String description = String.join(" ", command.subList(4, command.size())) + " on " + host;
        try {
            return new LabProcess(
                    description,
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new WeirException("cannot start " + description + ": " + e.getMessage(), e);
        }
    }

    private void read() {
        char[] part = new char[4096];
        try (Reader in = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            int count;
            while ((count = in.read(part)) >= 0) {
                synchronized (output) {
                    if (output.length() < MAX_OUTPUT_CHARS) {
                        output.append(part, 0, count);
                    }
                    output.notifyAll();
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // the stream is closed under the reader when the process is ended
        } finally {
            synchronized (output) {
                outputEnded = true;
                output.notifyAll();
            }
        }
    }

    /** The process's number; of the command itself, which {@code ip netns exec} becomes. */
    public long pid() {
        return process.pid();
    }

    /** True while it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed so far, the first million characters. */
    public String output() {
        synchronized (output) {
            return output.toString();
        }
    }

    /** Writes a line to its standard input, in UTF-8. */
    public void println(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new WeirException("cannot write to " + description + ": " + e.getMessage(), e);
        }
    }

    /**
     * Waits until it has printed a text, such as that it listens.
     *
     * @throws AssertionError when it has not within the time, or ends before, with what it printed
     */
    public void awaitOutput(String text, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (output) {
            while (output.indexOf(text) < 0) {
                long leftMs = (end - System.nanoTime() + 999_999) / 1_000_000;
                if (leftMs <= 0 || outputEnded) {
                    throw new AssertionError(description + " did not print \"" + text + "\""
                            + (outputEnded ? " before it ended" : " within " + timeout) + ", but: " + output);
                }
                try {
                    output.wait(leftMs);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for " + description, e);
                }
            }
        }
    }

    /**
     * Waits for its end.
     *
     * @return its exit code
     * @throws WeirException when it does not end within the time; it is then ended
     */
    public int awaitExit(Duration timeout) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                close();
                throw new WeirException(description + " did not end within " + timeout + "; it printed: " + output());
            }
            reader.join(TimeUnit.SECONDS.toMillis(END_PATIENCE_S));
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted while " + description + " ran", e);
        }
    }

    /** Asks it to end (SIGTERM) and returns at once. */
    public void terminate() {
        process.toHandle().destroy(); // Process.destroy would close what it still has to say
    }

    /** Ends it and what it started, politely first, by force after three seconds. */
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(END_PATIENCE_S, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(END_PATIENCE_S, TimeUnit.SECONDS);
            }
            children.forEach(ProcessHandle::destroyForcibly);
            reader.join(TimeUnit.SECONDS.toMillis(END_PATIENCE_S));
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return description + " (pid " + pid() + (isAlive() ? ")" : ", ended)");
    }
}
