package dev.weir.bench;

import java.util.concurrent.atomic.AtomicLong;

/** What every receiver in Java counts: written by the one thread that receives, read by the one that answers the harness. */
abstract class CountingReceiver implements ReceiverControl.Counters {
    private final AtomicLong packets = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong datagrams = new AtomicLong();

    /** Adds a batch; receiving thread only. No barrier: the harness asks while nothing is under way. */
    final void count(long packets, long bytes, long datagrams) {
        add(this.packets, packets);
        add(this.bytes, bytes);
        if (datagrams != 0) {
            add(this.datagrams, datagrams);
        }
    }

    private static void add(AtomicLong counter, long more) {
        counter.setOpaque(counter.getPlain() + more);
    }

    @Override
    public long packets() {
        return packets.getOpaque();
    }

    @Override
    public long bytes() {
        return bytes.getOpaque();
    }

    @Override
    public long datagrams() {
        return datagrams.getOpaque();
    }
}
