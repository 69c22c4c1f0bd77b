package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Attribution;
import dev.weir.Attribution.Certainty;
import dev.weir.Classifier;
import dev.weir.Flow;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The correlator of the kernel's sockets in a pipeline, with flows of this process's own sockets. */
@Timeout(30)
class SockDiagTest {
    private static final long PID = ProcessHandle.current().pid();
    private static final Verdict OURS = Verdict.DROP;
    /** Other tests keep the machine busy: no search is to end for want of time. */
    private static final Map<String, String> PATIENTLY = Map.of("walk-limit", "5s");

    private final AtomicReference<Flow> seen = new AtomicReference<>();

    /** Waits for the owner of each flow, and drops what is this process's. */
    private Classifier byProcess() {
        return (packet, flow) -> {
            seen.set(flow);
            Attribution attribution = flow.attribution();
            if (attribution.certainty() == Certainty.PENDING) {
                return Verdict.HOLD;
            }
            return attribution.isKnown() && attribution.owner().pid() == PID ? OURS : Verdict.ACCEPT;
        };
    }

    private static PacketBuilder syn(Socket socket) {
        return PacketBuilder.ethernet()
                .ip(
                        socket.getLocalAddress().getHostAddress(),
                        socket.getInetAddress().getHostAddress())
                .tcp(socket.getLocalPort(), socket.getPort())
                .syn();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aPacketIsHeldUntilTheProcessOfItsFlowIsKnown(int workers) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept();
                MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .classify(byProcess())
                        .correlate("sockdiag", PATIENTLY)
                        .open()) {
            assertTrue(accepted.isConnected());
            pipeline.start();
            assertEquals(OURS, memory.inject(syn(client)).await(PATIENCE));
            Attribution attribution = seen.get().attribution();
            assertEquals(Certainty.CERTAIN, attribution.certainty(), attribution::toString);
            assertEquals(PID, attribution.initiator().pid());
            assertEquals(PID, attribution.responder().pid());
            pipeline.stop();
            assertEquals(1, pipeline.ledger().attributions());
            assertTrue(pipeline.ledger().isBalanced());
        }
    }

    @Test
    void theListenersProcessGivesWayToTheOneThatAccepts() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(byProcess())
                        .correlate("sockdiag", PATIENTLY)
                        .open()) {
            pipeline.start();
            assertEquals(OURS, memory.inject(syn(client)).await(PATIENCE));
            Attribution early = seen.get().attribution();
            assertEquals(Certainty.LIKELY, early.certainty(), early::toString);
            assertEquals("LISTEN", early.responder().state());
            try (Socket accepted = server.accept()) {
                assertTrue(accepted.isConnected());
                eventually("the accepted socket", () -> seen.get().attribution().certainty() == Certainty.CERTAIN);
            }
            assertEquals("ESTABLISHED", seen.get().attribution().responder().state());
        }
    }

    @Test
    void aFlowOfOtherHostsIsUnknownWithTheReasonAndNotHeld() {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(byProcess())
                        .correlate("sockdiag", PATIENTLY)
                        .open()) {
            pipeline.start();
            InjectedPacket packet = memory.inject(PacketBuilder.ethernet()
                    .ip("240.0.0.1", "240.0.0.2")
                    .tcp(4711, 80)
                    .syn());
            assertEquals(Verdict.ACCEPT, packet.await(PATIENCE));
            Attribution attribution = seen.get().attribution();
            assertEquals(Certainty.UNKNOWN, attribution.certainty());
            assertTrue(attribution.explanation().contains("not a flow of this host"), attribution::explanation);
        }
    }
}
