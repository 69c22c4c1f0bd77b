package dev.weir.testkit.lab;

import dev.weir.WeirException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Short commands that a lab is built with; each ends by itself within a second or so. */
final class Commands {
    private static final int PATIENCE_S = 30;

    private Commands() {}

    /** Runs a command to its end and returns what it printed, both streams together. */
    static String run(String... command) {
        Outcome outcome = attempt(command);
        if (outcome.exitCode() != 0) {
            throw new WeirException("\"" + String.join(" ", command) + "\" failed with exit code " + outcome.exitCode()
                    + ": " + outcome.output().strip());
        }
        return outcome.output();
    }

    /** What a command printed and how it ended. */
    record Outcome(int exitCode, String output) {}

    static Outcome attempt(String... command) {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new WeirException(
                    "the network lab needs the command \"" + command[0] + "\""
                            + (command[0].equals("ip") ? " (Debian package iproute2)" : "") + ": " + e.getMessage(),
                    e);
        }
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                throw new WeirException("\"" + String.join(" ", command) + "\" does not end");
            }
            return new Outcome(process.exitValue(), output);
        } catch (IOException e) {
            throw new WeirException("the output of " + List.of(command) + " cannot be read: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted while " + List.of(command) + " ran", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
