package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.TunnelView.Kind;
import dev.weir.pcap.CaptureFileReader;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Compares what tunnels carry with what tcpdump prints of the same captures (the {@code .out} files beside them in the
 * tests of the-tcpdump-group/tcpdump). Some of the captures are only where {@code WEIR_CAPTURES} points.
 */
class TunnelTruthTest {
    /** A frame; the inner packet is null where tcpdump reads no IP in the tunnel. */
    private record Expected(String capture, int frame, Kind kind, int network, String inner) {}

    private static final List<Expected> TCPDUMP = List.of(
            new Expected("geneve-gcp", 1, Kind.GENEVE, 0, "TCP 192.168.100.2:2905 > 192.168.100.1:8080"),
            new Expected("gso-ipv6-geneve-ipv4", 1, Kind.GENEVE, 0x1389, "TCP 192.168.1.2:36991 > 192.168.1.1:41507"),
            new Expected("vxlan_port_8472", 1, Kind.VXLAN, 100, "ICMP 192.168.203.3:0 > 192.168.203.5:0"),
            new Expected("vxlan_port_8472", 2, Kind.VXLAN, 100, null),
            new Expected("vxlan_port_8472", 3, Kind.VXLAN, 100, null),
            new Expected("vxlan_port_8472", 10, Kind.VXLAN, 100, "ICMP 192.168.203.5:0 > 192.168.203.3:0"),
            new Expected("erspan-type-ii-2", 1, Kind.GRE, -1, "UDP 10.200.101.2:1985 > 224.0.0.2:1985"),
            new Expected("erspan-type-ii-2", 2, Kind.GRE, -1, "UDP 10.200.101.2:1985 > 224.0.0.2:1985"),
            new Expected("erspan-type-ii-2", 16, Kind.GRE, -1, "UDP 10.200.101.3:1985 > 224.0.0.2:1985"),
            new Expected("erspan-type-iii-ft-7", 1, null, -1, null));

    private final Headers outer = new Headers();
    private final Headers inner = new Headers();
    private final TunnelView tunnel = new TunnelView();

    private static Path folder() throws URISyntaxException {
        String folder = System.getenv("WEIR_CAPTURES");
        return folder != null && !folder.isEmpty()
                ? Path.of(folder)
                : Path.of(TunnelTruthTest.class.getResource("/captures").toURI());
    }

    @Test
    void tunnelsCarryWhatTcpdumpReads() throws Exception {
        int compared = 0;
        for (Expected expected : TCPDUMP) {
            Path file = folder().resolve("tcpdump/tests__" + expected.capture + ".pcap");
            if (Files.exists(file)) {
                compare(file, expected);
                compared++;
            }
        }
        assertTrue(compared >= 6, "there is something to compare in " + folder());
    }

    private void compare(Path file, Expected expected) {
        String what = expected.capture + " " + expected.frame;
        try (CaptureFileReader reader = CaptureFileReader.open(file)) {
            for (int i = 0; i < expected.frame; i++) {
                assertTrue(reader.next());
            }
            outer.decode(reader.bytes(), reader.linkType(), reader.wireLength());
            assertEquals(expected.kind != null, tunnel.wrap(reader.bytes(), outer), what);
            if (expected.kind != null) {
                assertEquals(expected.kind, tunnel.kind(), what);
                assertEquals(expected.network, tunnel.virtualNetwork(), what);
            }
            assertEquals(expected.inner != null, inner.decodeInner(outer, reader.bytes()), what);
            if (expected.inner != null) {
                String network = expected.network < 0 ? "" : " (network " + expected.network + ")";
                assertEquals(expected.inner + network, inner.key().toString(), what);
            }
        }
    }

    @Test
    void optionsOfGeneveAreThoseOfTcpdump() throws Exception {
        List<String> options = new ArrayList<>();
        try (CaptureFileReader reader = CaptureFileReader.open(folder().resolve("tcpdump/tests__geneve-gcp.pcap"))) {
            assertTrue(reader.next());
            outer.decode(reader.bytes(), reader.linkType(), reader.wireLength());
            assertTrue(tunnel.wrap(reader.bytes(), outer));
            GeneveView geneve = new GeneveView();
            assertTrue(
                    geneve.wrap(reader.bytes(), tunnel.offset(), reader.bytes().length()));
            OptionList list = geneve.options(new OptionList());
            while (list.next()) {
                options.add(String.format(
                        "class %x type %x len %d data %08x",
                        list.type() >>> 8, list.type() & 0xff, list.valueLength() + 4, list.u32()));
            }
            assertFalse(list.isMalformed());
        }
        // tcpdump counts the four bytes of an option's header
        assertEquals(
                List.of(
                        "class 132 type 1 len 8 data 800000d1",
                        "class 132 type 2 len 20 data 0800000d",
                        "class 132 type 3 len 12 data 00000000"),
                options);
    }

    @Test
    void checksumsAreThoseThatTcpdumpComputes() throws Exception {
        Path capture = folder().resolve("tcpdump/tests__gso-ipv6-geneve-ipv4.pcap");
        try (CaptureFileReader reader = CaptureFileReader.open(capture)) {
            assertTrue(reader.next());
            outer.decode(reader.bytes(), reader.linkType(), reader.wireLength());
            assertTrue(inner.decodeInner(outer, reader.bytes()));
            assertEquals(ChecksumStatus.INVALID, Checksums.transport(reader.bytes(), outer));
            assertEquals(0xdcc1, Checksums.computeTransport(reader.bytes(), outer));
            assertEquals(0xb694, Checksums.computeTransport(reader.bytes(), inner));
        }
        try (CaptureFileReader reader = CaptureFileReader.open(folder().resolve("tcpdump/tests__geneve-gcp.pcap"))) {
            assertTrue(reader.next());
            outer.decode(reader.bytes(), reader.linkType(), reader.wireLength());
            assertTrue(inner.decodeInner(outer, reader.bytes()));
            assertEquals(ChecksumStatus.ABSENT, Checksums.transport(reader.bytes(), outer));
            assertEquals(ChecksumStatus.VALID, Checksums.transport(reader.bytes(), inner));
        }
    }
}
