package dev.weir.testkit.packet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Protocols;
import dev.weir.packet.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PacketBuilderTest {
    static Stream<PacketBuilder> packetsWithTransportChecksums() {
        Supplier<PacketBuilder> v4 = () -> PacketBuilder.ethernet().ipv4("192.0.2.1", "198.51.100.255");
        Supplier<PacketBuilder> v6 = () -> PacketBuilder.ethernet().ipv6("2001:db8::1", "2001:db8:ffff::2");
        return Stream.of(
                v4.get()
                        .tcp(4711, 80)
                        .syn()
                        .mss(1460)
                        .sackPermitted()
                        .timestamps(1, 2)
                        .windowScale(7),
                v4.get().tcp(65_535, 65_535).ack().sack(1, 2, 3, 4).payloadOf(1),
                v4.get().udp(53, 5353).payload("odd"),
                v4.get().udp(0, 0),
                v4.get()
                        .ipv4Options((byte) 7, (byte) 7, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 0)
                        .udp(1, 2)
                        .payloadOf(100),
                v4.get().echoRequest(7, 1).payloadOf(56),
                v6.get().tcp(1, 2).syn().payloadOf(333),
                v6.get().udp(1, 2).payloadOf(1000),
                v6.get().echoReply(1, 2).payloadOf(7),
                v6.get()
                        .hopByHop((byte) 5, (byte) 2, (byte) 0, (byte) 0)
                        .udp(1, 2)
                        .payloadOf(3),
                v6.get().destinationOptions(new byte[13]).tcp(1, 2).payloadOf(3),
                v6.get().authentication(1, 2).udp(1, 2).payloadOf(3),
                v6.get().ipv6Fragment(0, false, 9).udp(1, 2).payloadOf(3),
                v6.get().routing(0, "2001:db8::9", "2001:db8:ffff::2").udp(1, 2).payloadOf(3),
                PacketBuilder.ethernet().vlan(5).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2),
                PacketBuilder.ethernet().qinq(5, 6).ipv6("::1", "::2").udp(1, 2),
                PacketBuilder.rawIp().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payloadOf(9),
                PacketBuilder.rawIp().ipv6("::1", "::2").tcp(1, 2).payloadOf(9),
                PacketBuilder.linuxCooked()
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .tcp(1, 2)
                        .payloadOf(9),
                PacketBuilder.linuxCooked2(3).ipv6("::1", "::2").udp(1, 2).payloadOf(9),
                PacketBuilder.bsdLoopback(ByteOrder.LITTLE_ENDIAN)
                        .ipv6("::1", "::2")
                        .udp(1, 2),
                PacketBuilder.openBsdLoopback().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2));
    }

    @ParameterizedTest
    @MethodSource("packetsWithTransportChecksums")
    void checksumsAddUpByAnotherMethod(PacketBuilder packet) {
        byte[] frame = packet.build();
        Headers headers = Checksums.decode(frame, packet.linkType());

        assertTrue(headers.hasTransport(), headers::toString);
        assertEquals(frame.length, headers.networkEnd(), "the length in the IP header");
        assertTrue(Checksums.transport(frame, packet.linkType()), headers::toString);
        if (headers.ipVersion() == 4) {
            assertTrue(Checksums.ipv4(frame, packet.linkType()));
        }
    }

    @ParameterizedTest
    @MethodSource("packetsWithTransportChecksums")
    void aFlippedBitIsFoundByTheCheckItself(PacketBuilder packet) {
        byte[] frame = packet.build();
        frame[Checksums.decode(frame, packet.linkType()).transportOffset()] ^= 1;

        assertFalse(Checksums.transport(frame, packet.linkType()));
    }

    @Test
    void fieldsStandWhereTheyBelong() {
        byte[] frame = PacketBuilder.ethernet("02:aa:bb:cc:dd:ee", "02:11:22:33:44:55")
                .qinq(100, 7)
                .vlanPriority(5)
                .ipv4("10.1.2.3", "10.4.5.6")
                .ttl(3)
                .trafficClass(0xb8)
                .identification(0xbeef)
                .dontFragment()
                .tcp(4711, 443)
                .sequence(0x01020304)
                .acknowledgment(0x05060708)
                .psh()
                .window(512)
                .payload("hi")
                .build();

        String expected = "021122334455" + "02aabbccddee" + "88a8" + "0064" + "8100" + "a007" + "0800"
                + "45b8002a" + "beef4000" + "0306" + "%04x".formatted(frame[32] << 8 & 0xff00 | frame[33] & 0xff)
                + "0a010203" + "0a040506"
                + "126701bb" + "01020304" + "05060708" + "50180200"
                + "%04x".formatted(frame[58] << 8 & 0xff00 | frame[59] & 0xff)
                + "0000" + "6869";
        assertEquals(expected, HexFormat.of().formatHex(frame));
    }

    @Test
    void tcpOptionsStandInTheOrderGiven() {
        byte[] frame = PacketBuilder.rawIp()
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(1, 2)
                .mss(1460)
                .sackPermitted()
                .timestamps(0x11223344, 0x55667788)
                .windowScale(7)
                .build();

        assertEquals(
                "020405b4" + "0402" + "080a1122334455667788" + "030307" + "00",
                HexFormat.of().formatHex(frame, 40, frame.length));
        assertEquals(10, frame[20 + 12] >>> 4 & 0xf, "data offset");
    }

    @Test
    void arpAsksEverybodyAndAnswersOne() {
        byte[] request =
                PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2").build();
        byte[] reply = PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                .arpReply("10.0.0.2", "10.0.0.1")
                .build();

        assertEquals(
                "ffffffffffff" + "020000000001" + "0806" + "0001080006040001" + "020000000001" + "0a000001"
                        + "000000000000" + "0a000002",
                HexFormat.of().formatHex(request));
        assertEquals(
                "020000000001" + "020000000002" + "0806" + "0001080006040002" + "020000000002" + "0a000002"
                        + "020000000001" + "0a000001",
                HexFormat.of().formatHex(reply));
    }

    @Test
    void routingHeaderListsTheLastSegmentFirstAndChecksumsCoverIt() {
        PacketBuilder packet = PacketBuilder.rawIp()
                .ipv6("2001:db8::1", "2001:db8::a")
                .routing(1, "2001:db8::a", "2001:db8::b")
                .udp(1, 2)
                .payloadOf(5);
        byte[] frame = packet.build();

        assertEquals(4, frame[42], "segment routing");
        assertEquals(1, frame[43], "segments left");
        assertEquals(0xb, frame[48 + 15]);
        assertEquals(0xa, frame[64 + 15]);
        assertFalse(Checksums.transport(frame, packet.linkType()), "the checksum covers the last segment");
        byte[] arrived = frame.clone();
        System.arraycopy(frame, 48, arrived, 24, 16);
        assertTrue(Checksums.transport(arrived, packet.linkType()));
    }

    @Test
    void ipInIpHasAChecksumForEachHeader() {
        byte[] frame = PacketBuilder.rawIp()
                .ipv4("192.0.2.1", "192.0.2.2")
                .ipv6("2001:db8::1", "2001:db8::2")
                .udp(1, 2)
                .payloadOf(11)
                .build();

        assertEquals(41, frame[9], "IPv6 in IPv4");
        byte[] inner = Arrays.copyOfRange(frame, 20, frame.length);
        assertTrue(Checksums.ipv4(frame, LinkType.RAW));
        assertTrue(Checksums.transport(inner, LinkType.RAW));
    }

    @Test
    void faultsAreMadeWhereAsked() {
        Supplier<PacketBuilder> ip = () -> PacketBuilder.rawIp().ipv4("10.0.0.1", "10.0.0.2");
        byte[] badIp = ip.get().badChecksum().udp(1, 2).build();
        byte[] badUdp = ip.get().udp(1, 2).payload("x").badChecksum().build();
        byte[] noUdp = ip.get().udp(1, 2).checksum(0).build();
        byte[] longUdp = ip.get().udp(1, 2).length(4000).build();
        byte[] shortIp = ip.get().length(19).udp(1, 2).build();

        assertFalse(Checksums.ipv4(badIp, LinkType.RAW));
        assertTrue(Checksums.transport(badIp, LinkType.RAW));
        assertTrue(Checksums.ipv4(badUdp, LinkType.RAW));
        assertFalse(Checksums.transport(badUdp, LinkType.RAW));
        assertEquals(0, noUdp[26] | noUdp[27]);
        assertEquals(4000, (longUdp[24] & 0xff) << 8 | longUdp[25] & 0xff);
        assertEquals(19, shortIp[3]);
    }

    @Test
    void ipv4FragmentsPutTogetherAreTheDatagram() {
        PacketBuilder packet = PacketBuilder.ethernet()
                .vlan(3)
                .ipv4("10.0.0.1", "10.0.0.2")
                .identification(77)
                .ipv4Options(
                        (byte) 0x83,
                        (byte) 3,
                        (byte) 4, // loose source route: copied into every fragment
                        (byte) 7,
                        (byte) 3,
                        (byte) 4) // record route: first fragment only
                .udp(1, 2)
                .payloadOf(3000);
        byte[] whole = packet.build();
        List<byte[]> fragments = packet.fragments(1500);

        assertEquals(3, fragments.size());
        assertDatagram(Arrays.copyOfRange(whole, 18 + 28, whole.length), fragments, LinkType.ETHERNET, 1500 + 18);
        assertEquals(28, (fragments.get(0)[18] & 0xf) * 4);
        assertEquals(24, (fragments.get(1)[18] & 0xf) * 4);
        for (byte[] fragment : fragments) {
            assertTrue(Checksums.ipv4(fragment, LinkType.ETHERNET));
            assertEquals(77, Checksums.decode(fragment, LinkType.ETHERNET).fragmentId());
        }
    }

    @Test
    void ipv6FragmentsKeepPerHopHeadersInFront() {
        PacketBuilder packet = PacketBuilder.rawIp()
                .ipv6("2001:db8::1", "2001:db8::2")
                .hopByHop((byte) 5, (byte) 2, (byte) 0, (byte) 0)
                .destinationOptions()
                .udp(1, 2)
                .payloadOf(2000);
        byte[] whole = packet.build();
        List<byte[]> fragments = packet.fragments(1280);

        assertEquals(2, fragments.size());
        assertDatagram(Arrays.copyOfRange(whole, 48, whole.length), fragments, LinkType.RAW, 1280);
        for (byte[] fragment : fragments) {
            assertEquals(0, fragment[6], "hop-by-hop follows IPv6");
            assertEquals(44, fragment[40], "the fragment header follows hop-by-hop");
            assertEquals(60, fragment[48], "destination options are in the fragmentable part");
        }
    }

    private static void assertDatagram(byte[] expected, List<byte[]> fragments, int linkType, int longest) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < fragments.size(); i++) {
            byte[] fragment = fragments.get(i);
            assertTrue(fragment.length <= longest);
            Headers headers = Checksums.decode(fragment, linkType);
            assertTrue(headers.isFragment());
            assertEquals(all.size(), headers.fragmentOffset());
            assertEquals(i < fragments.size() - 1, headers.moreFragments());
            int start = headers.ipVersion() == 4
                    ? headers.networkOffset() + (fragment[headers.networkOffset()] & 0xf) * 4
                    : 56;
            all.write(fragment, start, headers.networkEnd() - start);
        }
        assertArrayEquals(expected, all.toByteArray());
    }

    @Test
    void whatFitsIsNotSplit() {
        PacketBuilder packet =
                PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payloadOf(1472);

        assertEquals(1, packet.fragments(1500).size());
        assertArrayEquals(packet.build(), packet.fragments(1500).get(0));
        assertThrows(IllegalArgumentException.class, () -> packet.fragments(27));
    }

    @Test
    void aCopyIsIndependent() {
        PacketBuilder one =
                PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).sequence(1);
        PacketBuilder other = one.copy().sequence(2).ttl(1);

        assertEquals(1, one.build()[14 + 20 + 7]);
        assertEquals(2, other.build()[14 + 20 + 7]);
        assertEquals(64, one.build()[14 + 8]);
    }

    @Test
    void whatMakesNoSenseIsRefusedWithTheReason() {
        assertThrows(IllegalStateException.class, () -> PacketBuilder.ethernet().syn());
        assertThrows(
                IllegalArgumentException.class, () -> PacketBuilder.ethernet().ipv4("::1", "::2"));
        assertThrows(
                IllegalArgumentException.class,
                () -> PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(65_536, 1));
        assertThrows(IllegalArgumentException.class, () -> PacketBuilder.ethernet("02:00:00", "02:00:00:00:00:01"));
    }

    @Test
    void aConversationCountsBothWays() {
        List<byte[]> frames = TcpConversation.between("2001:db8::1", 4711, "2001:db8::2", 443)
                .handshake()
                .segments(10)
                .fromClient("twenty-five bytes of text")
                .fromServer("ok")
                .close()
                .frames();

        int[] flags = frames.stream()
                .mapToInt(frame -> Checksums.decode(frame, LinkType.ETHERNET).tcpFlags())
                .toArray();
        assertArrayEquals(new int[] {2, 0x12, 0x10, 0x18, 0x18, 0x18, 0x18, 0x11, 0x11, 0x10}, flags);
        int tcp = 14 + 40;
        assertEquals(1_000 + 1 + 25, sequence(frames.get(7), tcp + 4), "the client's FIN");
        assertEquals(1_000 + 1 + 25 + 1, sequence(frames.get(8), tcp + 8), "acknowledges it");
        assertEquals(900_000 + 1 + 2 + 1, sequence(frames.get(9), tcp + 8), "the last acknowledgment");
        assertEquals(
                Protocols.TCP,
                Checksums.decode(frames.get(0), LinkType.ETHERNET).protocol());
    }

    private static int sequence(byte[] frame, int offset) {
        return java.nio.ByteBuffer.wrap(frame).getInt(offset);
    }
}
