package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** What is told when packets are taken from an interface. */
@NetworkLabTest(requires = {KernelFeature.XDP_SOCKETS, KernelFeature.PACKET_SOCKETS})
class LiveKernelTest {
    @Test
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
