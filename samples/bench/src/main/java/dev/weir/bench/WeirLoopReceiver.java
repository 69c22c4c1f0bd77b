package dev.weir.bench;

import dev.weir.Capture;
import dev.weir.Packet;
import dev.weir.Verdict;
import java.time.Duration;
import java.util.List;

/** Weir without a pipeline: a plain loop over the packets of a capture, with the same work as the receivers in C. */
final class WeirLoopReceiver extends CountingReceiver {
    private final Capture capture;

    private WeirLoopReceiver(Capture capture) {
        this.capture = capture;
    }

    /** Argument: the name of the capture. */
    public static void main(String[] arguments) {
        try (Capture capture = Capture.open(arguments[0])) {
            WeirLoopReceiver receiver = new WeirLoopReceiver(capture);
            ReceiverControl.start(receiver);
            receiver.receive();
        }
    }

    private void receive() {
        Duration timeout = Duration.ofSeconds(1);
        List<Packet> batch;
        while ((batch = capture.receive(timeout)) != null) {
            long batchBytes = 0;
            long batchDatagrams = 0;
            for (int i = 0; i < batch.size(); i++) {
                Packet packet = batch.get(i);
                batchBytes += packet.wireLength();
                if (FloodDatagram.is(packet.bytes())) {
                    batchDatagrams++;
                }
                capture.finish(packet, Verdict.ACCEPT);
            }
            count(batch.size(), batchBytes, batchDatagrams);
        }
    }

    @Override
    public long kernelDrops() {
        return capture.losses().values().stream().mapToLong(Long::longValue).sum();
    }
}
