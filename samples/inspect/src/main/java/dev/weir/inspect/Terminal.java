package dev.weir.inspect;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What is known of the terminal that standard output and standard error may be. */
final class Terminal {
    /** In characters. */
    record Size(int columns, int rows) {}

    private static final Size USUAL = new Size(80, 24);

    /** No terminal anywhere. */
    static final Terminal NONE = new Terminal(false, false, () -> USUAL);

    private final boolean output;
    private final boolean error;
    private final Supplier<Size> size;

    Terminal(boolean output, boolean error, Supplier<Size> size) {
        this.output = output;
        this.error = error;
        this.size = size;
    }

    /** The terminal of this process. */
    static Terminal ofProcess() {
        String kind = System.getenv("TERM");
        boolean able = kind != null && !kind.isEmpty() && !kind.equals("dumb");
        return new Terminal(able && isTerminal(1), able && isTerminal(2), Terminal::askSize);
    }

    /** True when standard output is one that understands cursor movements. */
    boolean output() {
        return output;
    }

    /** True when standard error is one that understands cursor movements. */
    boolean error() {
        return error;
    }

    /** Its size now. May start a process. */
    Size size() {
        return size.get();
    }

    /** {@code System.console()} speaks of input and output together, and differently from one JDK to the next. */
    private static boolean isTerminal(int fd) {
        try {
            String target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.startsWith("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    private static Size askSize() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String[] words = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ");
            if (stty.waitFor(1, TimeUnit.SECONDS) && words.length == 2) {
                int rows = Integer.parseInt(words[0]);
                int columns = Integer.parseInt(words[1]);
                return rows > 0 && columns > 0 ? new Size(columns, rows) : USUAL;
            }
        } catch (IOException | NumberFormatException e) {
            // no such program or no such terminal: the usual size serves
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return USUAL;
    }
}
