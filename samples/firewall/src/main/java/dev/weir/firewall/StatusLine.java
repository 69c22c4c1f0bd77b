package dev.weir.firewall;

import dev.weir.Ledger;
import dev.weir.Ledger.Decisions;
import dev.weir.Ledger.Outcome;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** One line on a terminal, written over each second. */
final class StatusLine {
    private static final String REWRITE = "\r\033[K"; // to the line's start, erase it (ECMA-48)

    // What does not fit is cut off (the auto-wrap mode of the VT100): a second row would stay behind.
    private static final String CUT = "\033[?7l";
    private static final String WRAP = "\033[?7h";

    private final PrintStream err;
    private final boolean shown;
    private long receivedBefore;
    private long readNs = System.nanoTime();

    /** @param shown false where there is no terminal: then nothing is printed */
    StatusLine(PrintStream err, boolean shown) {
        this.err = err;
        this.shown = shown;
    }

    /** {@code System.console()} speaks of input and output together, and differently from one JDK to the next. */
    static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            String kind = System.getenv("TERM");
            return kind != null
                    && !kind.equals("dumb")
                    && (target.startsWith("/dev/pts/")
                            || target.startsWith("/dev/tty")
                            || target.equals("/dev/console"));
        } catch (IOException e) {
            return false;
        }
    }

    void refresh(Ledger ledger, LatencyRecorder latency) {
        if (!shown) {
            return;
        }
        err.print(REWRITE + CUT + text(ledger, latency, System.nanoTime()) + WRAP);
        err.flush();
    }

    String text(Ledger ledger, LatencyRecorder latency, long nowNs) {
        long received = ledger.received();
        double seconds = Math.max(1, nowNs - readNs) / 1e9;
        long rate = Math.round((received - receivedBefore) / seconds);
        receivedBefore = received;
        readNs = nowNs;
        Decisions all = ledger.decisions();
        return Numbers.count(rate) + " packets/s, " + Numbers.count(received) + " in all: "
                + Numbers.count(ledger.accepted()) + " passed, "
                + Numbers.count(all.count(Outcome.DROPPED)) + " dropped, "
                + Numbers.count(all.count(Outcome.REJECTED)) + " rejected; "
                + Numbers.count(ledger.lost()) + " without us, "
                + Numbers.count(ledger.inFlight()) + " in flight; p99 "
                + Numbers.time(latency.percentileNs(99));
    }

    void finish() {
        if (shown) {
            err.print(REWRITE);
            err.flush();
        }
    }
}
