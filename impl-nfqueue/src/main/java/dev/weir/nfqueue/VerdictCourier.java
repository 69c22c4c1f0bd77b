package dev.weir.nfqueue;

import dev.weir.linux.NativeBuffer;
import dev.weir.spi.ThreadEnd;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends messages on a thread of its own, in the order in which they are handed over. The kernel carries verdicts out during
 * the send, and that takes longer than to receive packets and judge them: where they have piled up, two processors do both
 * at once. For the queue's owner, whose scheduling policy the thread has.
 */
final class VerdictCourier implements AutoCloseable {
    /**
     * One is being filled; the others wait, with {@link BatchSize#MOST} packets each, which the kernel decides in 0.2 ms: none
     * waits for longer than a millisecond. A queue was drained 1.1 times as fast with three (two that run in step wait for each
     * other), 1.4 times with five, 1.7 times with nine.
     */
    private static final int BUFFERS = 6;

    /** To wake a thread takes about as long. */
    private static final long SPIN_NS = 20_000;

    private static final long SLEEP_NS = 50_000_000;
    private static final long CLOSE_NS = 1_000_000_000;

    private final VerdictOutlet outlet;
    private final NativeBuffer[] buffers = new NativeBuffer[BUFFERS];
    private final int[] lengthBytes = new int[BUFFERS];
    private final Thread thread;

    /** How many buffers were handed over; written by the owner, after their content. */
    private volatile long handed;

    /** How many of them may be filled again; written by the courier. */
    private volatile long carried;

    /** The owner, as long as it sleeps. */
    private volatile Thread owner;

    /** The courier sleeps. */
    private volatile boolean sleeps;

    private volatile boolean ending;

    /** What ended the sending; nothing is sent after it. */
    private volatile RuntimeException failure;

    /** @param bufferBytes of each buffer, as many as the first one has that is handed over */
    VerdictCourier(VerdictOutlet outlet, String threadName, int bufferBytes) {
        this.outlet = outlet;
        for (int i = 1; i < BUFFERS; i++) {
            buffers[i] = NativeBuffer.allocate(bufferBytes);
        }
        thread = new Thread(this::carry, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Has messages sent, soon; waits where all other buffers are still to be sent.
     *
     * @return the buffer to fill next, in place of this one
     * @throws RuntimeException what one of the sends before threw
     */
    NativeBuffer hand(NativeBuffer messages, int length) {
        check();
        long number = handed;
        int at = (int) (number % BUFFERS);
        buffers[at] = messages;
        lengthBytes[at] = length;
        handed = number + 1;
        if (sleeps) {
            LockSupport.unpark(thread);
        }
        awaitCarried(number + 2 - BUFFERS);
        return buffers[(int) ((number + 1) % BUFFERS)];
    }

    /**
     * Waits until all is sent.
     *
     * @throws RuntimeException what a send threw
     */
    void settle() {
        awaitCarried(handed);
        check();
    }

    private void check() {
        if (failure != null) {
            throw failure;
        }
    }

    private void awaitCarried(long count) {
        if (carried >= count) {
            return;
        }
        long untilNs = System.nanoTime() + SPIN_NS;
        while (carried < count) {
            if (System.nanoTime() - untilNs < 0) {
                Thread.onSpinWait();
                continue;
            }
            owner = Thread.currentThread();
            if (carried < count) {
                LockSupport.parkNanos(this, SLEEP_NS);
            }
            owner = null;
        }
    }

    private void carry() {
        for (long number = 0; isHanded(number); number++) {
            int at = (int) (number % BUFFERS);
            if (failure == null) {
                send(buffers[at], lengthBytes[at]);
            }
            carried = number + 1;
            Thread waiting = owner;
            if (waiting != null) {
                LockSupport.unpark(waiting);
            }
        }
    }

    private void send(NativeBuffer messages, int length) {
        try {
            outlet.send(messages, length);
        } catch (RuntimeException e) {
            failure = e;
        } catch (Throwable t) {
            failure = new IllegalStateException("sending verdicts", t);
        }
    }

    /** Waits for a buffer; false when there will be none. */
    private boolean isHanded(long number) {
        long untilNs = System.nanoTime() + SPIN_NS;
        while (handed == number) {
            if (ending) {
                return handed != number;
            }
            if (System.nanoTime() - untilNs < 0) {
                Thread.onSpinWait();
                continue;
            }
            sleeps = true;
            if (handed == number && !ending) {
                LockSupport.park(this);
            }
            sleeps = false;
        }
        return true;
    }

    /** Ends the thread when all is sent. */
    @Override
    public void close() {
        ending = true;
        LockSupport.unpark(thread);
        ThreadEnd.await(thread, System.nanoTime() + CLOSE_NS);
    }
}
