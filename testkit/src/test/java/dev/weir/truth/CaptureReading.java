package dev.weir.truth;

import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.Pipeline;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.nio.file.Path;

/** Reads one capture through a pipeline, into its tunnels, and knows which frame is at hand. */
abstract class CaptureReading {
    private int frame;

    /** The number of the frame that is judged, as tshark counts. */
    final int frame() {
        return frame;
    }

    /** A frame has come. */
    void begin(Flow flow) {
        // most do not need the flow
    }

    /** Reads a file. One that ends in the middle of a packet, or is none, is read until then. */
    final void read(Path file, Classifier classifier) {
        String path = file.toString().replace("%", "%25").replace("?", "%3f");
        try (Pipeline pipeline = Pipeline.from("pcap:" + path)
                .advisory()
                .tunnels(TunnelPolicy.INNERMOST)
                .classify((packet, flow) -> {
                    frame++;
                    begin(flow);
                    return Verdict.CONTINUE;
                })
                .classify(classifier)
                .open()) {
            pipeline.run();
        } catch (WeirException e) {
            // what was read until then counts
        }
    }
}
