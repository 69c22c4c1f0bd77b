package dev.weir.bench;

import dev.weir.Capture;
import dev.weir.Packet;
import dev.weir.Verdict;
import java.time.Duration;
import java.util.function.Function;

/** Weir without a pipeline: the packets of a capture, one by one, with the same work as the receivers in C. */
final class WeirLoopReceiver extends CountingReceiver implements Function<Packet, Verdict> {
    private final Capture capture;

    // Of the packets handed over by one call.
    private long packets;
    private long bytes;
    private long datagrams;

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
        while (capture.dispatch(timeout, this) >= 0) {
            count(packets, bytes, datagrams);
            packets = 0;
            bytes = 0;
            datagrams = 0;
        }
    }

    @Override
    public Verdict apply(Packet packet) {
        packets++;
        bytes += packet.wireLength();
        if (FloodDatagram.is(packet.bytes())) {
            datagrams++;
        }
        return Verdict.ACCEPT;
    }

    @Override
    public long kernelDrops() {
        return capture.losses().values().stream().mapToLong(Long::longValue).sum();
    }
}
