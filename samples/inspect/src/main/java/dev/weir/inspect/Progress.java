package dev.weir.inspect;

import dev.weir.Ledger;
import java.io.PrintStream;

/** One line on standard error that is written over again and again while a long file is read. */
final class Progress {
    private static final long FIRST_NS = 1_000_000_000L;
    private static final long EVERY_NS = 500_000_000L;
    private static final String REWRITE = "\r\033[K"; // to the line's start, erase it (ECMA-48)

    private final PrintStream err;
    private final long startedNs = System.nanoTime();
    private long nextNs = startedNs + FIRST_NS;
    private boolean shown;

    Progress(PrintStream err) {
        this.err = err;
    }

    void refresh(Ledger ledger) {
        long nowNs = System.nanoTime();
        if (nowNs - nextNs < 0) {
            return;
        }
        nextNs = nowNs + EVERY_NS;
        double seconds = (nowNs - startedNs) / 1e9;
        err.print(REWRITE + Units.count(ledger.received(), "packet") + ", " + Units.bytes(ledger.receivedBytes()) + ", "
                + Units.count(Math.round(ledger.received() / seconds)) + " packets/s");
        err.flush();
        shown = true;
    }

    void finish() {
        if (shown) {
            err.print(REWRITE);
            err.flush();
        }
    }
}
