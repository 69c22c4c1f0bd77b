package dev.weir.firewall;

import dev.weir.WeirException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The programs of this host. */
final class SystemCommands implements Commands {
    @Override
    public Result run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).start();
            process.getOutputStream().close();
            CompletableFuture<byte[]> errors = CompletableFuture.supplyAsync(() -> {
                try {
                    return process.getErrorStream().readAllBytes();
                } catch (IOException e) {
                    return new byte[0];
                }
            });
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exitCode = waitFor(process);
            String error = new String(errors.join(), StandardCharsets.UTF_8);
            return new Result(exitCode, output, error.strip().replace('\n', ' '));
        } catch (IOException e) {
            throw new WeirException(command.get(0) + " cannot be run: install it (on Debian: iptables)", e);
        }
    }

    /** To its end, also when interrupted: half a change of rules helps nobody. */
    private static int waitFor(Process process) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
