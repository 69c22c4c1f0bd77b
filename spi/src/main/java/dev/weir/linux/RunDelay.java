package dev.weir.linux;

import java.io.IOException;
import java.io.RandomAccessFile;

/**
 * How long a thread has waited for a processor when it could have run, from {@code /proc/thread-self/schedstat}: time on a
 * processor, time waiting for one, both in nanoseconds, and how often it ran. Reading allocates nothing.
 */
public final class RunDelay implements AutoCloseable {
    private static final String FILE = "/proc/thread-self/schedstat";

    /** Not a channel: an interrupt of the reading thread would close that for good. */
    private final RandomAccessFile file;

    private final byte[] text = new byte[128];

    private RunDelay(RandomAccessFile file) {
        this.file = file;
    }

    /** Of the thread that calls; null where the kernel does not tell. */
    public static RunDelay ofThisThread() {
        try {
            return new RunDelay(new RandomAccessFile(FILE, "r"));
        } catch (IOException e) {
            return null;
        }
    }

    /** Nanoseconds since the thread began, -1 where the kernel does not count them. Any thread. */
    public long waitedNs() {
        try {
            file.seek(0);
            return second(file.read(text));
        } catch (IOException e) {
            return -1;
        }
    }

    private long second(int length) {
        int at = 0;
        boolean counts = false; // a thread that reads has run: without CONFIG_SCHED_INFO all is 0
        while (at < length && text[at] != ' ') {
            counts |= text[at++] != '0';
        }
        long number = 0;
        for (at++; at < length && text[at] != ' '; at++) {
            number = number * 10 + text[at] - '0';
        }
        return counts ? number : -1;
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
