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
    private final long windowPackets;
    private LongSupplier drops = () -> 0;
    private Runnable open = () -> {};
    private Runnable close = () -> {};
    private long due;
    private volatile boolean windowIsOpen;

    /** Waits for windows; null where a pipeline does. */
    private Thread receiver;

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
                pipeline.start();
                pipeline.pause();
            }
            ReceiverControl.start(this);
            pipeline.run();
        }
    }

    private Verdict classify(Packet packet, Flow flow) {
        count(packet);
        noteEnd();
        return Verdict.ACCEPT;
    }

    // ---- counts

    private void count(Packet packet) {
        Headers headers = packet.headers();
        boolean isDatagram = headers.protocol() == FloodDatagram.PROTOCOL_UDP
                && headers.destinationPort() == FloodDatagram.DISCARD_PORT;
        count(1, packet.wireLength(), isDatagram ? 1 : 0);
    }

    private void noteEnd() {
        if (windowPackets > 0 && packets() >= due) {
            due += windowPackets;
            doneNs = System.nanoTime();
        }
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
