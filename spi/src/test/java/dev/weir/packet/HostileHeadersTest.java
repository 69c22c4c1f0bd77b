package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.pcap.CaptureFileReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever the bytes are, decoding ends without an exception and reads nothing outside the packet. */
class HostileHeadersTest {
    private static final int[] LINK_TYPES = {
        LinkType.NULL,
        LinkType.ETHERNET,
        LinkType.RAW,
        LinkType.LOOP,
        LinkType.LINUX_SLL,
        LinkType.IPV4,
        LinkType.IPV6,
        LinkType.LINUX_SLL2,
        147
    };
    private static final int MAX_BYTES = 2000;
    private static final int MARGIN = 64;

    private static final List<byte[]> PACKETS = new ArrayList<>();
    private static final List<Integer> PACKET_LINK_TYPES = new ArrayList<>();

    private final Headers headers = new Headers();
    private final Headers repeated = new Headers();
    private final Bytes bytes = new Bytes();

    @BeforeAll
    static void readPackets() throws IOException, URISyntaxException {
        Path folder = Path.of(HostileHeadersTest.class.getResource("/captures").toURI());
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().contains(".pcap"))
                    .sorted()
                    .toList()) {
                readPackets(file);
            }
        }
        assertTrue(PACKETS.size() > 500, "packets to try");
    }

    private static void readPackets(Path file) {
        try (CaptureFileReader reader = CaptureFileReader.open(file)) {
            while (reader.next() && PACKETS.size() < 5000) {
                if (reader.capturedLength() <= MAX_BYTES) {
                    PACKETS.add(reader.bytes().toByteArray());
                    PACKET_LINK_TYPES.add(reader.linkType());
                }
            }
        } catch (dev.weir.WeirException e) {
            assertTrue(e.getMessage().contains(" at byte "), e.getMessage());
        }
    }

    /** Decodes a window in a larger buffer twice, with other bytes around it: the answers must not depend on those. */
    private void decode(byte[] packet, int length, int linkType, int wireLength) {
        ByteBuffer zeros = ByteBuffer.allocate(MARGIN + length + MARGIN);
        zeros.put(MARGIN, packet, 0, length);
        headers.decode(bytes.wrap(zeros, MARGIN, length), linkType, wireLength);
        touch(headers);
        ByteBuffer ones = ByteBuffer.allocate(MARGIN + length + MARGIN);
        java.util.Arrays.fill(ones.array(), (byte) 0x45);
        ones.put(MARGIN, packet, 0, length);
        repeated.decode(bytes.wrap(ones, MARGIN, length), linkType, wireLength);
        assertEquals(headers.key(), repeated.key());
        assertEquals(headers.networkEnd(), repeated.networkEnd());
        assertEquals(headers.payloadOffset(), repeated.payloadOffset());
        assertEquals(headers.payloadLength(), repeated.payloadLength());
        assertEquals(headers.etherType(), repeated.etherType());
    }

    private static void touch(Headers headers) {
        headers.toString();
        headers.key();
        headers.source();
        headers.destination();
        for (int i = 0; i < headers.vlanCount(); i++) {
            assertTrue(headers.vlan(i) >= 0 && headers.vlan(i) < 4096);
        }
        assertTrue(headers.payloadLength() >= 0);
        assertTrue(headers.statedPayloadLength() >= -1);
        assertTrue(!headers.isIp() || headers.networkOffset() >= 0);
        assertTrue(!headers.isIp() || headers.networkEnd() >= headers.networkOffset());
        assertTrue(!headers.hasTransport() || headers.payloadOffset() > headers.transportOffset());
    }

    @Test
    void everyPrefixOfEveryPacketIsRead() {
        for (int i = 0; i < PACKETS.size(); i++) {
            byte[] packet = PACKETS.get(i);
            for (int length = 0; length <= Math.min(packet.length, 160); length++) {
                decode(packet, length, PACKET_LINK_TYPES.get(i), packet.length);
            }
        }
    }

    @Test
    void changedPacketsAreRead() {
        Random random = new Random(2);
        for (int round = 0; round < 100_000; round++) {
            int index = random.nextInt(PACKETS.size());
            byte[] packet = PACKETS.get(index).clone();
            if (packet.length == 0) {
                continue;
            }
            for (int change = random.nextInt(8); change >= 0; change--) {
                packet[random.nextInt(Math.min(packet.length, 80))] = (byte) random.nextInt();
            }
            decode(packet, packet.length, PACKET_LINK_TYPES.get(index), random.nextInt(2 * packet.length));
        }
    }

    @Test
    void randomBytesAreRead() {
        Random random = new Random(3);
        for (int round = 0; round < 50_000; round++) {
            byte[] packet = new byte[random.nextInt(120)];
            random.nextBytes(packet);
            decode(packet, packet.length, LINK_TYPES[round % LINK_TYPES.length], packet.length);
        }
    }
}
