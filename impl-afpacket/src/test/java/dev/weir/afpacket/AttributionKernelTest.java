package dev.weir.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Attribution;
import dev.weir.Flow;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.SocketOwner;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who stands behind short connections between two hosts, seen from either. */
@Timeout(60)
@NetworkLabTest(requires = {KernelFeature.PACKET_SOCKETS, KernelFeature.SOCK_DIAG})
class AttributionKernelTest {
    private static final int CONNECTIONS = 12;
    /** A busy machine may not let the pipeline run in the 50 ms that a connection lives. */
    private static final int KNOWN_AT_LEAST = 10;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static Pipeline watch(LabHost host, Map<Long, Flow> flows) {
        return host.call(() -> Pipeline.from("afpacket:" + host.interfaceName())
                .advisory()
                .correlate("sockdiag")
                .listen(decision -> {
                    if (decision.flow().key().protocol() == Protocols.TCP) {
                        flows.put(decision.flow().id(), decision.flow());
                    }
                })
                .open());
    }

    /** Reads each connection to its end, one after the other. */
    private static void serve(ServerSocket listener) {
        try {
            while (true) {
                try (Socket connection = listener.accept()) {
                    connection.getInputStream().readAllBytes();
                }
            }
        } catch (SocketException e) {
            // closed by the test
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until as many flows have a process, and gives those that have one. */
    private static List<Attribution> awaitKnown(Map<Long, Flow> flows) throws InterruptedException {
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - deadlineNs < 0) {
            List<Attribution> answers = flows.values().stream()
                    .map(Flow::attribution)
                    .filter(answer -> answer.isKnown() && !answer.owner().comm().isEmpty())
                    .toList();
            if (answers.size() >= KNOWN_AT_LEAST) {
                return answers;
            }
            Thread.sleep(5);
        }
        throw new AssertionError(flows.values().stream()
                .map(flow -> flow.key() + " " + flow.attribution())
                .collect(Collectors.joining("\n", "too few are known:\n", "")));
    }

    private static Set<Integer> processes(List<Attribution> answers, Function<Attribution, SocketOwner> side) {
        return answers.stream().map(answer -> side.apply(answer).pid()).collect(Collectors.toSet());
    }

    @Test
    void connectionsThatLive50MillisecondsAreAttributedOnBothHosts(NetworkLab lab) throws Exception {
        LabHost client = lab.host("client");
        LabHost server = lab.host("server");
        lab.connect(client, server);
        Map<Long, Flow> atClient = new ConcurrentHashMap<>();
        Map<Long, Flow> atServer = new ConcurrentHashMap<>();
        Thread serving;
        try (ServerSocket listener = server.call(() -> new ServerSocket(0));
                Pipeline clientSide = watch(client, atClient);
                Pipeline serverSide = watch(server, atServer)) {
            serving = new Thread(() -> serve(listener), "server");
            serving.start();
            clientSide.start();
            serverSide.start();
            Set<Integer> clients = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < CONNECTIONS; i++) {
                String address = i % 2 == 0 ? server.ipv4() : server.ipv6();
                // The shell itself connects, waits 50 ms for an answer that never comes, and ends. The first waits
                // longer, for the pipelines to get going.
                LabProcess shell = client.start(
                        "bash",
                        "-c",
                        "exec 3<>/dev/tcp/" + address + "/" + listener.getLocalPort() + " && ! read -t "
                                + (i == 0 ? 1 : 0.05) + " -u 3");
                clients.add((int) shell.pid());
                assertEquals(0, shell.awaitExit(PATIENCE), shell::output);
            }

            List<Attribution> ofClients = awaitKnown(atClient);
            Set<Integer> known = processes(ofClients, Attribution::initiator);
            assertEquals(ofClients.size(), known.size(), "each shell once");
            assertTrue(clients.containsAll(known), () -> known + " of " + clients);
            assertTrue(ofClients.stream()
                    .allMatch(answer -> answer.initiator().comm().equals("bash") && answer.responder() == null));
            List<Attribution> ofServer = awaitKnown(atServer);
            assertEquals(Set.of((int) ProcessHandle.current().pid()), processes(ofServer, Attribution::responder));
            assertTrue(ofServer.stream().allMatch(answer -> answer.initiator() == null));
        }
        serving.join(PATIENCE.toMillis());
        assertFalse(serving.isAlive());
    }
}
