package dev.weir.nfqueue;

import java.io.IOException;
import java.io.RandomAccessFile;

/**
 * Reads /proc/net/netfilter/nfnetlink_queue, a line a queue: number, port id of the listener, packets queued now, copy
 * mode, copy range, dropped because the queue was full, dropped because the socket was full, last id, 1. Opened once, in
 * the network namespace of the thread that opens it; reading allocates nothing.
 */
final class KernelCounters implements AutoCloseable {
    private static final String FILE = "/proc/thread-self/net/netfilter/nfnetlink_queue";
    private static final int COLUMNS = 8;
    private static final int QUEUE = 0;
    private static final int PORT_ID = 1;
    private static final int QUEUE_DROPPED = 5;
    private static final int LAST_ID = 7;

    /** Not a channel: an interrupt of the reading thread would close that for good. */
    private final RandomAccessFile file;

    private final byte[] text = new byte[4096];
    private final long[] line = new long[COLUMNS];

    private KernelCounters(RandomAccessFile file) {
        this.file = file;
    }

    /** Null where the kernel has no such file, or hides it. */
    static KernelCounters open() {
        try {
            return new KernelCounters(new RandomAccessFile(FILE, "r"));
        } catch (IOException e) {
            return null;
        }
    }

    /** Looks a queue up; false when it is not there. */
    boolean read(int queue) {
        try {
            file.seek(0);
            int column = 0;
            long number = 0;
            boolean digits = false;
            for (int count = file.read(text); count > 0; count = file.read(text)) {
                for (int i = 0; i < count; i++) {
                    byte c = text[i];
                    if (c >= '0' && c <= '9') {
                        number = number * 10 + c - '0';
                        digits = true;
                        continue;
                    }
                    if (digits && column < COLUMNS) {
                        line[column++] = number;
                    }
                    number = 0;
                    digits = false;
                    if (c == '\n') {
                        if (column == COLUMNS && line[QUEUE] == queue) {
                            return true;
                        }
                        column = 0;
                    }
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    /** The netlink port that has the queue, often a process id. */
    long listener() {
        return line[PORT_ID];
    }

    /** Packets dropped because too many had no verdict; 32 bits, then from 0 again. */
    int queueDropped() {
        return (int) line[QUEUE_DROPPED];
    }

    /** The id given last. */
    int lastId() {
        return (int) line[LAST_ID];
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            // nothing was written
        }
    }
}
