package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Pipeline;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.KernelTest;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of packets that are taken from an interface. */
@NetworkLabTest(requires = KernelFeature.PACKET_SOCKETS)
@Timeout(60)
class LiveKernelTest {
    @Test
    void theProcessBehindAConnectionOf50MillisecondsIsShown(NetworkLab lab) throws Exception {
        LabHost host = lab.host("here");
        LabHost there = lab.host("there");
        lab.connect(host, there);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CompletableFuture<Pipeline> opened = new CompletableFuture<>();
        Inspect inspect = new Inspect(
                out,
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
                Terminal.NONE,
                ZoneOffset.UTC,
                opened::complete);
        Thread inspecting = host.newThread("inspector", () -> inspect.execute("afpacket:eth0", "--json"));
        inspecting.start();
        Pipeline pipeline = opened.get(20, TimeUnit.SECONDS);
        while (pipeline.state() != Pipeline.State.RUNNING) {
            Thread.sleep(1);
        }
        try (ServerSocket server = there.call(() -> new ServerSocket(8000));
                Socket client = host.call(() -> new Socket(there.ipv4(), 8000));
                Socket accepted = server.accept()) {
            client.getOutputStream().write(1);
            assertEquals(1, accepted.getInputStream().read());
            Thread.sleep(50);
        }
        while (pipeline.ledger().received() < 5) {
            Thread.sleep(1);
        }
        pipeline.stop();
        inspecting.join();
        String shown = out.toString(StandardCharsets.UTF_8);
        String pid = Long.toString(ProcessHandle.current().pid());
        assertTrue(
                shown.lines()
                        .anyMatch(line -> line.contains("\"dest_port\":8000,")
                                && line.contains("\"src\":{\"pid\":" + pid + ",\"comm\":\"")),
                shown);
    }

    @Test
    @KernelTest(requires = KernelFeature.XDP_SOCKETS)
    void whoTakesPacketsAwayFromTheHostIsTold(NetworkLab lab) {
        LabHost host = lab.host("here");
        lab.connect(host, lab.host("there"));
        assertTrue(said(host, "xdp:eth0").startsWith("as long as this runs, this host does not get the packets"));
        assertFalse(said(host, "afpacket:eth0").contains("does not get"));
    }

    private static String said(LabHost host, String capture) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = host.call(() -> new Inspect(
                        OutputStream.nullOutputStream(),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Terminal.NONE,
                        ZoneOffset.UTC,
                        pipeline -> {})
                .execute(capture, "--duration", "10ms"));
        assertEquals(0, exitCode, () -> err.toString(StandardCharsets.UTF_8));
        return err.toString(StandardCharsets.UTF_8);
    }
}
