package dev.weir.bench;

import dev.weir.WeirException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Short commands that are run to their end. */
final class Commands {

    /** @param output what it printed, standard error included */
    record Result(int exitCode, String output) {}

    private Commands() {}

    /** @throws WeirException when the program is not there */
    static Result run(Path directory, List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory == null ? null : directory.toFile())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return new Result(process.waitFor(), output);
        } catch (IOException failed) {
            throw new WeirException("cannot run " + command.get(0) + ": " + failed.getMessage(), failed);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted while running " + String.join(" ", command), stop);
        }
    }

    /** Runs a command that must succeed, and returns what it printed. */
    static String check(String... command) {
        Result result = run(null, List.of(command));
        if (result.exitCode() != 0) {
            throw new WeirException(String.join(" ", command) + ": " + result.output());
        }
        return result.output();
    }
}
