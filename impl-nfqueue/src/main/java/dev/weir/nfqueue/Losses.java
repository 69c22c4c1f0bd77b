package dev.weir.nfqueue;

import dev.weir.Loss;
import dev.weir.linux.Errno;

/** What a queue lost, or what passed without us. Written by the queue's owner, read by any thread. */
final class Losses implements AutoCloseable {
    private final QueueConfig config;
    private final IdGaps gaps = new IdGaps();

    /** Null where {@code /proc} does not show them. */
    private final KernelCounters kernel = KernelCounters.open();

    private int queueDropped;
    private volatile long overrun;
    private volatile long queueFull;
    private volatile long flushed;

    Losses(QueueConfig config) {
        this.config = config;
    }

    /** A packet came. */
    void came(int id) {
        gaps.came(id);
    }

    /** The socket was found empty. */
    void socketIsEmpty() {
        gaps.empty();
    }

    /**
     * The kernel refused a message.
     *
     * @param packets as many as the message was to decide
     * @return true when that is accounted for: it no longer knew them
     */
    boolean refused(int error, int packets) {
        if (error != -Errno.ENOENT) {
            return false;
        }
        flushed += packets;
        return true;
    }

    /** Reads the kernel's counters. */
    void refresh(boolean ended) {
        if (kernel != null && kernel.read(config.queueNumber())) {
            queueFull += kernel.queueDropped() - queueDropped;
            queueDropped = kernel.queueDropped();
            if (ended) {
                gaps.settle(kernel.lastId());
            } else {
                gaps.given(kernel.lastId());
            }
        }
        overrun = gaps.missing();
    }

    /** Any thread. */
    long of(Loss loss) {
        return switch (loss) {
            case QUEUE_FULL -> queueFull;
            case SOCKET_OVERRUN -> config.failsOpen() ? 0 : overrun;
            case FAILED_OPEN -> config.failsOpen() ? overrun : 0;
            case FLUSHED -> flushed;
            default -> 0;
        };
    }

    @Override
    public void close() {
        if (kernel != null) {
            kernel.close();
        }
    }
}
