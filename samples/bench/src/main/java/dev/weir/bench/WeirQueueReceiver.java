package dev.weir.bench;

import dev.weir.Capture;
import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Weir on a netfilter queue, as a pipeline or as a bare loop over packets. With windows it takes packets only while one
 * is open, and notes when the last packet of a window was done: so it drains what had piled up before.
 */
final class WeirQueueReceiver extends CountingReceiver {
    private static final long LOOK_NS = 50_000;

    private final long windowPackets;
    private LongSupplier drops = () -> 0;
    private Runnable open = () -> {};
    private Runnable close = () -> {};
    private long due;
    private volatile boolean windowIsOpen;

    /** Waits for windows; null where a pipeline does. */
    private Thread receiver;

    /** Waits until the kernel has carried out what a pipeline decided in a window; null where there are none. */
    private Thread watcher;

    private volatile boolean judged;

    private volatile long doneNs;

    private WeirQueueReceiver(long windowPackets) {
        this.windowPackets = windowPackets;
        this.due = windowPackets;
    }

    /** Arguments: the name of the capture, packets of a window (0: no windows), "loop", or the number of workers. */
    public static void main(String[] arguments) {
        WeirQueueReceiver receiver = new WeirQueueReceiver(Long.parseLong(arguments[1]));
        if (arguments[2].equals("loop")) {
            receiver.loop(arguments[0]);
        } else {
            receiver.pipeline(arguments[0], Integer.parseInt(arguments[2]));
        }
    }

    // ---- a bare loop

    private void loop(String name) {
        try (Capture capture = Capture.open(name)) {
            drops = () -> sum(capture.losses());
            receiver = Thread.currentThread();
            ReceiverControl.start(this);
            Duration timeout = windowPackets > 0 ? Duration.ZERO : Duration.ofSeconds(1);
            List<Packet> batch = List.of();
            while (batch != null) {
                while (windowPackets > 0 && !windowIsOpen) {
                    LockSupport.park(this);
                }
                batch = capture.receive(timeout); // verdicts of the batch before leave with this call
                noteEnd();
                for (int i = 0; batch != null && i < batch.size(); i++) {
                    Packet packet = batch.get(i);
                    count(packet);
                    capture.finish(packet, Verdict.ACCEPT);
                }
            }
        }
    }

    // ---- the whole of Weir: headers decoded, flow looked up, one classifier asked, ledger kept

    private void pipeline(String name, int workers) {
        Classifier classifier = this::classify;
        try (Pipeline pipeline =
                Pipeline.from(name).classify(classifier).workers(workers).open()) {
            drops = () -> pipeline.ledger().lost();
            if (windowPackets > 0) {
                open = pipeline::resume;
                close = pipeline::pause;
                watcher = new Thread(this::watch, "bench-watcher");
                watcher.setDaemon(true);
                watcher.start();
                pipeline.start();
                pipeline.pause();
            }
            ReceiverControl.start(this);
            pipeline.run();
        }
    }

    private Verdict classify(Packet packet, Flow flow) {
        count(packet);
        if (isEnd()) {
            judged = true;
            LockSupport.unpark(watcher);
        }
        return Verdict.ACCEPT;
    }

    /** A pipeline's verdicts are still on their way when the last packet is judged. */
    private void watch() {
        while (true) {
            while (!judged) {
                LockSupport.park(this);
            }
            judged = false;
            while (NetfilterQueues.undecided("self") > 0) {
                LockSupport.parkNanos(this, LOOK_NS);
            }
            doneNs = System.nanoTime();
        }
    }

    // ---- counts

    private void count(Packet packet) {
        Headers headers = packet.headers();
        boolean isDatagram = headers.protocol() == FloodDatagram.PROTOCOL_UDP
                && headers.destinationPort() == FloodDatagram.DISCARD_PORT;
        count(1, packet.wireLength(), isDatagram ? 1 : 0);
    }

    private void noteEnd() {
        if (isEnd()) {
            doneNs = System.nanoTime();
            windowIsOpen = false; // what it does with an empty queue is not measured
        }
    }

    /** True once, when all packets of a window have come. */
    private boolean isEnd() {
        if (windowPackets == 0 || packets() < due) {
            return false;
        }
        due += windowPackets;
        return true;
    }

    private static long sum(Map<?, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public void windowBegins() {
        doneNs = 0;
        windowIsOpen = true;
        LockSupport.unpark(receiver);
        open.run();
    }

    @Override
    public void windowEnds() {
        windowIsOpen = false;
        close.run();
    }

    @Override
    public long doneNs() {
        return doneNs;
    }

    @Override
    public long kernelDrops() {
        return drops.getAsLong();
    }
}
