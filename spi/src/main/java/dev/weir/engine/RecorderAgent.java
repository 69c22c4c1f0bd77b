package dev.weir.engine;

import dev.weir.WeirException;
import dev.weir.pcap.PcapngWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Writes what passes to a file, on a thread of its own. A disk that fails ends the recording, never the pipeline. */
final class RecorderAgent implements Runnable {
    private static final long SLEEP_NS = 10_000_000;

    private final PcapngWriter writer;
    private final ErrorLog errors;
    private final List<RecordSpool> spools = new ArrayList<>();
    private volatile long recorded;
    private volatile boolean ending;
    private volatile boolean alive = true;

    /**
     * Makes the file.
     *
     * @throws WeirException when that is not possible
     */
    RecorderAgent(Path file, ErrorLog errors) {
        this.writer = PcapngWriter.create(file, 0);
        this.errors = errors;
    }

    /** A spool for one queue agent; before the threads start. */
    RecordSpool spool(boolean waits) {
        RecordSpool spool = new RecordSpool(this, waits);
        spools.add(spool);
        return spool;
    }

    boolean isAlive() {
        return alive;
    }

    /** Has the thread end when everything handed over has been written. */
    void end() {
        ending = true;
    }

    long recorded() {
        return recorded;
    }

    long missed() {
        return spools.stream().mapToLong(RecordSpool::missed).sum();
    }

    /** Closes the file of a pipeline that was never started. */
    void discard() {
        writer.close();
    }

    @Override
    public void run() {
        try (writer) {
            while (true) {
                boolean last = ending;
                int written = 0;
                for (RecordSpool spool : spools) {
                    written += spool.write(writer);
                }
                if (written > 0) {
                    writer.flush();
                    recorded += written;
                } else if (last) {
                    return;
                } else {
                    LockSupport.parkNanos(this, SLEEP_NS);
                }
            }
        } catch (WeirException e) {
            errors.report("recording", e);
        } finally {
            alive = false;
        }
    }
}
