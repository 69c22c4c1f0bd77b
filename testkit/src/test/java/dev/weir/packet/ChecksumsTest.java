package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChecksumsTest {
    private final Headers headers = new Headers();
    private Bytes packet;

    private static PacketBuilder v4() {
        return PacketBuilder.ethernet().ipv4("192.0.2.1", "198.51.100.255");
    }

    private static PacketBuilder v6() {
        return PacketBuilder.ethernet().vlan(5).ipv6("2001:db8::1", "2001:db8:ffff::2");
    }

    private void decode(byte[] frame, int linkType) {
        packet = Bytes.of(frame);
        headers.decode(packet, linkType);
    }

    private ChecksumStatus transport(PacketBuilder builder) {
        decode(builder.build(), builder.linkType());
        return Checksums.transport(packet, headers);
    }

    static Stream<PacketBuilder> packets() {
        return Stream.of(
                v4().tcp(4711, 80).syn().mss(1460).payloadOf(1),
                v4().tcp(65_535, 65_535).ack().payloadOf(1460),
                v4().udp(53, 5353).payload("odd"),
                v4().udp(0, 0),
                v4().ipv4Options((byte) 7, (byte) 7, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 0)
                        .udp(1, 2)
                        .payloadOf(100),
                v4().echoRequest(7, 1).payloadOf(57),
                v6().tcp(1, 2).syn().payloadOf(333),
                v6().udp(1, 2).payloadOf(1000),
                v6().echoReply(1, 2).payloadOf(7),
                v6().hopByHop((byte) 5, (byte) 2, (byte) 0, (byte) 0).udp(1, 2).payloadOf(3),
                v6().authentication(1, 2).udp(1, 2).payloadOf(3),
                v6().ipv6Fragment(0, false, 9).udp(1, 2).payloadOf(3),
                v6().routing(0, "2001:db8::9", "2001:db8:ffff::2").udp(1, 2).payloadOf(3),
                v6().routing(1, "2001:db8:ffff::2", "2001:db8:9::9").tcp(1, 2).payloadOf(3),
                PacketBuilder.rawIp().ipv4("10.0.0.1", "10.0.0.2").sctp(1, 2).payloadOf(21),
                v6().sctp(1, 2).payloadOf(21));
    }

    @ParameterizedTest
    @MethodSource("packets")
    void areRightAndEveryFlippedBitIsFound(PacketBuilder builder) {
        byte[] frame = builder.build();
        assertEquals(ChecksumStatus.VALID, transport(builder));
        boolean v4 = headers.ipVersion() == 4;
        assertEquals(v4 ? ChecksumStatus.VALID : ChecksumStatus.ABSENT, Checksums.network(packet, headers));
        int transportOffset = headers.transportOffset();
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            byte[] changed = frame.clone();
            changed[transportOffset + 4 * random.nextInt((frame.length - transportOffset) / 4)] ^=
                    (byte) (1 << random.nextInt(8));
            decode(changed, builder.linkType());
            // a change of the header's length or the like may also make it another packet
            assertNotEquals(ChecksumStatus.VALID, Checksums.transport(packet, headers));
        }
    }

    @ParameterizedTest
    @MethodSource("packets")
    void areWrittenAsTheyWere(PacketBuilder builder) {
        byte[] frame = builder.build();
        decode(frame, builder.linkType());
        byte[] wiped = frame.clone();
        if (headers.ipVersion() == 4) {
            wiped[headers.networkOffset() + 10] ^= 0x55;
            wiped[headers.networkOffset() + 11] ^= 0x77;
        }
        int field = Checksums.fieldOffset(headers);
        if (field >= 0) {
            wiped[headers.transportOffset() + field] ^= 0x12;
            wiped[headers.transportOffset() + field + 1] ^= 0x34;
        }
        boolean anything = headers.ipVersion() == 4 || field >= 0;
        ByteBuffer buffer = ByteBuffer.wrap(wiped).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(anything, new ChecksumWriter().write(buffer, builder.linkType()));
        assertArrayEquals(frame, wiped);
        assertEquals(0, buffer.position());
    }

    @Test
    void noneInUdpIsAbsent() {
        assertEquals(ChecksumStatus.ABSENT, transport(v4().udp(1, 2).checksum(0).payloadOf(5)));
        assertEquals(ChecksumStatus.ABSENT, transport(v6().udp(1, 2).checksum(0).payloadOf(5)));
        assertTrue(Checksums.computeTransport(packet, headers) > 0);
    }

    @Test
    void aSumOfZeroIsWrittenAsAllOnesInUdp() {
        // the payload makes the sum come out as zero
        byte[] frame = v4().udp(1, 2).payloadOf(2).build();
        decode(frame, LinkType.ETHERNET);
        int payload = headers.payloadOffset();
        int checksum = Checksums.computeTransport(packet, headers);
        int word = packet.u16(payload) + checksum;
        word = (word & 0xffff) + (word >>> 16);
        frame[payload] = (byte) (word >>> 8);
        frame[payload + 1] = (byte) word;
        decode(frame, LinkType.ETHERNET);
        assertEquals(0xffff, Checksums.computeTransport(packet, headers));
    }

    @Test
    void fragmentsAndCutPacketsCannotBeTold() {
        assertEquals(
                ChecksumStatus.UNKNOWN,
                transport(v4().ipv4Fragment(0, true).udp(1, 2).payloadOf(8)));
        assertEquals(ChecksumStatus.VALID, Checksums.network(packet, headers));
        assertEquals(
                ChecksumStatus.UNKNOWN,
                transport(v4().ipv4Fragment(8, false).udp(1, 2).payloadOf(8)));
        assertEquals(
                ChecksumStatus.UNKNOWN, transport(v4().udp(1, 2).length(100).payloadOf(8)), "more than there is");
        assertEquals(ChecksumStatus.UNKNOWN, transport(v4().protocol(99).payloadOf(8)));
        assertEquals(ChecksumStatus.UNKNOWN, transport(PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2")));
        assertEquals(ChecksumStatus.UNKNOWN, Checksums.network(packet, headers));
        byte[] frame = v4().tcp(1, 2).payloadOf(100).build();
        packet = Bytes.of(java.util.Arrays.copyOf(frame, 100));
        headers.decode(packet, LinkType.ETHERNET, frame.length);
        assertEquals(ChecksumStatus.UNKNOWN, Checksums.transport(packet, headers));
        assertEquals(-1, Checksums.computeTransport(packet, headers));
        assertFalse(new ChecksumWriter().write(ByteBuffer.allocate(64), LinkType.ETHERNET));
    }

    @Test
    void ofAnInnerPacketAsOfAnother() {
        byte[] frame = v4().udp(1, 4789)
                .vxlan(5)
                .ipv6("2001:db8::1", "2001:db8::2")
                .tcp(1, 2)
                .payloadOf(33)
                .build();
        decode(frame, LinkType.ETHERNET);
        Headers inner = new Headers();
        assertTrue(inner.decodeInner(headers, packet));
        assertEquals(ChecksumStatus.VALID, Checksums.transport(packet, inner));
        frame[frame.length - 1] ^= 1;
        assertEquals(ChecksumStatus.INVALID, Checksums.transport(packet, inner));
        assertEquals(ChecksumStatus.INVALID, Checksums.transport(packet, headers));
    }

    @Test
    void theSumIsThatOfWordsOfSixteenBits() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = new byte[3 + random.nextInt(200)];
            random.nextBytes(bytes);
            if (round % 3 == 0) {
                java.util.Arrays.fill(bytes, (byte) 0xff);
            }
            int from = random.nextInt(3);
            int length = random.nextInt(bytes.length - from + 1);
            long sum = 0;
            for (int i = 0; i < length; i++) {
                sum += (bytes[from + i] & 0xff) << (i % 2 == 0 ? 8 : 0);
            }
            while (sum >>> 16 != 0) {
                sum = (sum & 0xffff) + (sum >>> 16);
            }
            Bytes window = Bytes.of(bytes);
            assertEquals((int) ~sum & 0xffff, InternetChecksum.of(window, from, length));
            int cut = length / 4 * 2;
            long parts = InternetChecksum.add(0, window, from, cut);
            parts = InternetChecksum.add(parts, window, from + cut, length - cut);
            assertEquals((int) ~sum & 0xffff, InternetChecksum.finish(parts));
        }
        assertEquals(0xffff, InternetChecksum.of(Bytes.of(new byte[8]), 0, 8));
        assertEquals(0, InternetChecksum.finish(InternetChecksum.add(InternetChecksum.add(0, -1), -1)));
    }

    @Test
    void oneWordCanBeChangedUnderAChecksum() {
        Random random = new Random(9);
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = new byte[20];
            random.nextBytes(bytes);
            int before = InternetChecksum.of(Bytes.of(bytes), 0, 20);
            int old = Bytes.of(bytes).u16(4);
            int changed = random.nextInt(0x10000);
            bytes[4] = (byte) (changed >>> 8);
            bytes[5] = (byte) changed;
            assertEquals(InternetChecksum.of(Bytes.of(bytes), 0, 20), InternetChecksum.update(before, old, changed));
        }
    }
}
