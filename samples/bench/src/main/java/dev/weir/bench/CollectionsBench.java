package dev.weir.bench;

import dev.weir.WeirException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A long run of the web server's filter, with the log of its garbage collector: what is collected, and how often. */
final class CollectionsBench {
    private static final double WARM_UP_SECONDS = 10;
    private static final int CONNECTIONS = 64;

    private CollectionsBench() {}

    static void run(WebLab lab, double seconds, PrintStream out) {
        try {
            Path log = Files.createTempFile("weir-gc", ".log");
            try {
                measure(lab, seconds, log, out);
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new WeirException("the log of the garbage collector: " + e.getMessage(), e);
        }
    }

    private static void measure(WebLab lab, double seconds, Path log, PrintStream out) throws IOException {
        Contender plain =
                Contender.inJava("weir", WARM_UP_SECONDS, WebReceiver.class, "nfqueue:1?receive-buffer=64M", "poll");
        List<String> command = new ArrayList<>(plain.command());
        command.addAll(1, List.of("-Xmx64m", "-Xlog:gc:file=" + log));
        try (ReceiverProcess filter = ReceiverProcess.start(plain.name(), lab.onFilter(command))) {
            lab.leadTo(1);
            lab.load("small", CONNECTIONS, plain.warmUpSeconds());
            int before = Files.readAllLines(log).size();
            filter.begin();
            WebSample sample = lab.load("small", CONNECTIONS, seconds);
            Measurement seen = filter.end();
            List<String> collections = Files.readAllLines(log);
            collections = collections.subList(before, collections.size());
            long full = collections.stream()
                    .filter(line -> line.contains("Pause Full"))
                    .count();
            long young = collections.stream()
                    .filter(line -> line.contains("Pause Young"))
                    .count();
            out.printf(
                    Locale.ROOT,
                    "%.0f s of %,.0f requests/s, %,d packets through the filter with a heap of 64 MiB: %d young and %d full"
                            + " collections; %d errors%n",
                    seconds,
                    sample.requestsPerSecond(),
                    seen.packets(),
                    young,
                    full,
                    sample.errors());
            out.println("no full collection  " + (full == 0 ? "met" : "MISSED"));
        } finally {
            lab.leadTo(-1);
        }
    }
}
