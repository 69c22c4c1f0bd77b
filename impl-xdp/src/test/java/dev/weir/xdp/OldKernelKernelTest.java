package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What falls back runs: on kernels that refuse what came later, and without libbpf. */
@NetworkLabTest
class OldKernelKernelTest {
    private static final int BLOCKED_PORT = 4002;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static byte[] udp(String source, int port, int length) {
        return PacketBuilder.ethernet()
                .ipv4(source, "198.18.0.2")
                .udp(9, port)
                .payloadOf(length)
                .build();
    }

    private static LabProcess start(LabHost host, String lacks, String... arguments) {
        LabProcess process = host.start(OldKernel.java(lacks, OldKernelProcess.class, arguments));
        process.awaitOutput(OldKernelProcess.READY, PATIENCE);
        return process;
    }

    @ParameterizedTest
    @CsvSource({
        "'batch', 'bpf:eth0', 'eth0: xdp, native'",
        "'frags', 'bpf:eth0', 'eth0: xdp, native'",
        "'batch,frags,tcx', 'bpf:eth0?mode=generic', 'eth0: xdp, generic'",
        "'batch,tcx', 'bpf:eth0?hook=tc', 'eth0: tc ingress (as asked), clsact (tcx refused: EINVAL)'",
    })
    void aFilterDropsWhatIsListed(String lacks, String name, String explained, NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (LabProcess process = start(lab.here(), lacks, name, "" + BLOCKED_PORT);
                XdpTransmitter out = lab.transmitter()) {
            assertTrue(process.output().contains(OldKernelProcess.READY + ": " + explained), process.output());
            int lastHost = 0x0b000000 + (OldKernelProcess.ENTRIES - 1) * 7;
            String listed = "11.0." + (lastHost >> 8 & 255) + "." + (lastHost & 255);
            XdpLab.send(
                    out,
                    List.of(
                            udp("10.0.0.1", BLOCKED_PORT, 20),
                            udp("10.0.0.1", 7, 20),
                            udp(listed, 7, 20),
                            udp("128.0.2.77", 7, 20), // within the second prefix
                            udp("128.0.1.77", 7, 20))); // between the first and the second
            process.println("");
            process.awaitOutput("counts: ", PATIENCE);
            String counts = process.output();
            assertTrue(counts.contains("BLOCKED_PORT=Count[packets=1,"), counts);
            assertTrue(counts.contains("BLOCKED_IPV4=Count[packets=2,"), counts);
            assertTrue(counts.contains("PASSED=Count[packets=2,"), counts);
            assertTrue(
                    counts.contains("old kernel: no " + lacks.split(",")[0] + ";"), "it was really refused: " + counts);
        }
    }

    /** A link at tc that was asked for by name has no substitute. */
    @Test
    void tcxThatIsNotThereIsToldToWhoAskedForIt(NetworkLab network) {
        LabHost here = new XdpLab(network).here();
        LabProcess process =
                here.start(OldKernel.java("tcx", OldKernelProcess.class, "bpf:eth0?hook=tc&tc=tcx", "" + BLOCKED_PORT));
        assertEquals(0, process.awaitExit(PATIENCE));
        assertTrue(process.output().contains("use tc=clsact"), process.output());
    }

    @ParameterizedTest
    @CsvSource({"auto", "false"})
    void aCaptureTakesWhatFitsIntoAFrame(String multiBuffer, NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        lab.here().ip("link", "set", "eth0", "mtu", "9000");
        lab.there().ip("link", "set", "eth0", "mtu", "9000");
        try (LabProcess process = start(lab.here(), "frags", "xdp:eth0?multi-buffer=" + multiBuffer);
                XdpTransmitter out = lab.transmitter()) {
            boolean auto = multiBuffer.equals("auto");
            assertEquals(auto, process.output().contains("refused: multi-buffer: "), process.output());
            assertEquals(auto, process.output().contains("multi-buffer was refused: packets of more than 1792 bytes"));
            assertTrue(process.output().contains("generic"), process.output()); // veth needs frags for such an MTU
            XdpLab.send(out, List.of(udp("10.0.0.1", 7, 100), udp("10.0.0.1", 7, 5_000), udp("10.0.0.1", 7, 1_000)));
            process.awaitOutput("received 1042;", PATIENCE);
            assertTrue(process.output().contains("received 142;"), process.output());
            assertFalse(process.output().contains("received 5042;"), process.output());
        }
    }

    @Test
    void packetsInSeveralBuffersAreRefusedToWhoAskedForThem(NetworkLab network) {
        LabHost here = new XdpLab(network).here();
        LabProcess process = here.start(OldKernel.java("frags", OldKernelProcess.class, "xdp:eth0?multi-buffer=true"));
        assertEquals(0, process.awaitExit(PATIENCE));
        assertTrue(process.output().contains("refused: "), process.output());
        assertTrue(process.output().contains("old kernel: no frags;"), process.output());
    }

    @ParameterizedTest
    @CsvSource({"xdp:eth0", "bpf:eth0"})
    void withoutLibbpfThePackageIsNamed(String name, NetworkLab network) {
        LabHost here = new XdpLab(network).here();
        LabProcess process = here.start(OldKernel.java("libbpf", OldKernelProcess.class, name, "" + BLOCKED_PORT));
        assertEquals(0, process.awaitExit(PATIENCE));
        String said = process.output();
        assertTrue(said.contains("BPF programs need libbpf.so.1"), said);
        assertTrue(said.contains("apt install libbpf1"), said);
        assertTrue(said.contains("dnf install libbpf"), said);
    }
}
