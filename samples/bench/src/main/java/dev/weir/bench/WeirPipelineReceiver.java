package dev.weir.bench;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.Loss;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.packet.Headers;
import java.util.concurrent.atomic.AtomicLong;

/** The whole of Weir: headers decoded, flow looked up, one classifier asked, ledger kept. */
final class WeirPipelineReceiver implements Classifier, ReceiverControl.Counters {
    private final AtomicLong datagrams = new AtomicLong();
    private Pipeline pipeline;

    private WeirPipelineReceiver() {}

    /** Arguments: the name of the capture, the number of workers. */
    public static void main(String[] arguments) {
        WeirPipelineReceiver receiver = new WeirPipelineReceiver();
        try (Pipeline pipeline = Pipeline.from(arguments[0])
                .advisory()
                .classify(receiver)
                .workers(Integer.parseInt(arguments[1]))
                .open()) {
            receiver.pipeline = pipeline;
            ReceiverControl.start(receiver);
            pipeline.run();
        }
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        Headers headers = packet.headers();
        if (headers.protocol() == FloodDatagram.PROTOCOL_UDP
                && headers.destinationPort() == FloodDatagram.DISCARD_PORT) {
            datagrams.setOpaque(datagrams.getPlain() + 1);
        }
        return Verdict.ACCEPT;
    }

    @Override
    public long packets() {
        return pipeline.ledger().received();
    }

    @Override
    public long bytes() {
        return pipeline.ledger().receivedBytes();
    }

    @Override
    public long datagrams() {
        return datagrams.getOpaque();
    }

    @Override
    public long kernelDrops() {
        return pipeline.ledger().lost(Loss.RING_FULL);
    }
}
