package dev.weir.bench;

import dev.weir.WeirException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A receiver under measurement: a process that speaks the protocol of {@code control.h}. */
final class ReceiverProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter commands;

    private ReceiverProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.US_ASCII);
        this.commands = new PrintWriter(process.outputWriter(StandardCharsets.US_ASCII), true);
    }

    /** Starts the receiver and waits until it can receive. */
    static ReceiverProcess start(String name, List<String> command) {
        try {
            ReceiverProcess receiver = new ReceiverProcess(
                    name,
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
            receiver.expect("ready");
            return receiver;
        } catch (IOException failed) {
            throw new WeirException("cannot start " + name + ": " + failed.getMessage(), failed);
        }
    }

    void begin() {
        commands.println("begin");
        expect("begun");
    }

    Measurement end() {
        commands.println("end");
        return Measurement.fromJson(answer());
    }

    /** How many packets of its network namespace wait for a verdict, in all queues. */
    long undecided() {
        return NetfilterQueues.undecided(Long.toString(process.pid()));
    }

    /** The end of its standard input ends a receiver. */
    @Override
    public void close() {
        commands.close();
        try {
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException stop) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void expect(String word) {
        String answer = answer();
        if (!answer.equals(word)) {
            close();
            throw new WeirException(name + " said \"" + answer + "\" where \"" + word + "\" was expected");
        }
    }

    private String answer() {
        try {
            String line = answers.readLine();
            if (line == null) {
                close();
                throw new WeirException(name + " ended early; its own message stands above");
            }
            return line;
        } catch (IOException broken) {
            throw new WeirException("cannot read what " + name + " prints: " + broken.getMessage(), broken);
        }
    }
}
