package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist;
import dev.weir.KernelOutcome;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program of an AF_XDP capture decides by itself, for the pipeline on it. */
@NetworkLabTest(requires = KernelFeature.XDP_SOCKETS)
class XdpOffloadKernelTest {
    private static final long PATIENCE_NS = 10_000_000_000L;

    private static byte[] frame(int port) {
        return PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(9, port)
                .payloadOf(20)
                .build();
    }

    private static void sendUntil(Pipeline pipeline, KernelOutcome wanted, XdpTransmitter from, int port) {
        long endNs = System.nanoTime() + PATIENCE_NS;
        while (pipeline.ledger().inKernel().get(wanted) == 0) {
            assertTrue(System.nanoTime() - endNs < 0, () -> "no packet was " + wanted + ": " + pipeline.ledger());
            XdpLab.send(from, List.of(frame(port)));
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "generic"})
    void aDroppedFlowOfABridgeNeverReachesJavaAgain(String mode, NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        try (Pipeline pipeline = lab.middle().call(() -> Pipeline.from("xdp:eth0,eth1?bridge&mode=" + mode)
                        .classify((packet, flow) ->
                                packet.headers().destinationPort() == 7 ? Verdict.DROP_FLOW : Verdict.CONTINUE)
                        .open());
                XdpTransmitter fromLeft = XdpLab.transmitter(lab.left(), "eth0")) {
            pipeline.start();
            sendUntil(pipeline, KernelOutcome.FLOW_DROPPED, fromLeft, 7);
            pipeline.kernelFilter()
                    .orElseThrow()
                    .block(Blocklist.builder().port(Protocols.UDP, 8).build());
            sendUntil(pipeline, KernelOutcome.BLOCKED_PORT, fromLeft, 8);
            assertEquals(0, pipeline.ledger().inKernel().get(KernelOutcome.BLOCKED_IPV4));
        }
    }
}
