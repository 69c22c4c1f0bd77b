package dev.weir.engine;

import dev.weir.Packet;
import dev.weir.WeirException;
import dev.weir.pcap.PcapngWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes what passes to a file, on a thread of its own. A disk that fails ends the recording, never the pipeline: from
 * then on packets are counted as missed, with those of the last flush, of which some may be in the file.
 */
final class RecorderAgent implements Runnable {
    private static final long SLEEP_NS = 10_000_000;

    private final PcapngWriter writer;
    private final ErrorLog errors;
    private final List<RecordSpool> spools = new ArrayList<>();
    private volatile long recorded;
    private volatile long discarded;
    private volatile String failure = "";
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
        return discarded + spools.stream().mapToLong(RecordSpool::missed).sum();
    }

    /** Why the recording ended before the pipeline; empty when it did not. */
    String failure() {
        return failure;
    }

    /** Closes the file of a pipeline that was never started. */
    void discard() {
        writer.close();
    }

    @Override
    public void run() {
        try {
            while (true) {
                boolean last = ending;
                int taken = 0;
                for (RecordSpool spool : spools) {
                    taken += spool.drain();
                }
                if (taken > 0) {
                    book(taken);
                } else if (last) {
                    return;
                } else {
                    LockSupport.parkNanos(this, SLEEP_NS);
                }
            }
        } finally {
            alive = false;
            try {
                writer.close();
            } catch (WeirException e) {
                fail(e);
            }
        }
    }

    private void book(int taken) {
        if (failure.isEmpty()) {
            try {
                writer.flush();
                recorded += taken;
                return;
            } catch (WeirException e) {
                fail(e);
            }
        }
        discarded += taken;
    }

    /** Writes a packet unless the recording has ended. */
    void write(Packet packet) {
        if (!failure.isEmpty()) {
            return;
        }
        try {
            writer.write(packet);
        } catch (WeirException e) {
            fail(e);
        }
    }

    private void fail(WeirException cause) {
        if (failure.isEmpty()) {
            failure = cause.getMessage();
            errors.report("recording", cause);
        }
    }
}
