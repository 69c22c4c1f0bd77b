package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class TransportViewsTest {
    private final Headers headers = new Headers();
    private final TcpView tcp = new TcpView();
    private final OptionList options = new OptionList();
    private final Bytes window = new Bytes();
    private Bytes packet;

    private void decode(PacketBuilder builder) {
        packet = Bytes.of(builder.build());
        headers.decode(packet, builder.linkType());
    }

    private static PacketBuilder v4() {
        return PacketBuilder.ethernet().ipv4("192.0.2.1", "192.0.2.2");
    }

    private static PacketBuilder v6() {
        return PacketBuilder.ethernet().ipv6("fe80::1", "fe80::2");
    }

    private static Bytes hex(String text) {
        return Bytes.of(HexFormat.of().parseHex(text.replace(" ", "")));
    }

    @Test
    void tcpWithTheUsualOptions() {
        decode(v4().tcp(4711, 443)
                .syn()
                .flags(TcpView.CWR)
                .sequence(0xf1020304)
                .acknowledgment(0xf5060708)
                .window(512)
                .mss(1460)
                .sackPermitted()
                .timestamps(0xf1223344, 0x55667788)
                .nop()
                .windowScale(7)
                .payload("hi"));
        assertTrue(tcp.wrap(packet, headers));
        assertEquals(4711, tcp.sourcePort());
        assertEquals(443, tcp.destinationPort());
        assertEquals(0xf1020304L, tcp.sequence());
        assertEquals(0xf5060708L, tcp.acknowledgment());
        assertEquals(TcpView.SYN | TcpView.ACK | TcpView.CWR, tcp.flags());
        assertTrue(tcp.has(TcpView.SYN | TcpView.FIN) && !tcp.has(TcpView.FIN | TcpView.RST));
        assertEquals(512, tcp.window());
        assertEquals(0, tcp.urgentPointer());
        assertEquals(1460, tcp.maximumSegmentSize());
        assertTrue(tcp.isSackPermitted() && tcp.hasTimestamps() && !tcp.hasMalformedOptions());
        assertEquals(7, tcp.windowScale());
        assertEquals(0xf1223344L, tcp.timestamp());
        assertEquals(0x55667788L, tcp.timestampEcho());
        assertEquals(0, tcp.sackBlocks());
        assertEquals(40, tcp.headerLength());
        assertEquals('h', tcp.payload(window).u8(0));
    }

    @Test
    void tcpWithoutOptions() {
        decode(v6().tcp(1, 2).ack());
        assertTrue(tcp.wrap(packet, headers));
        assertEquals(-1, tcp.maximumSegmentSize());
        assertEquals(-1, tcp.windowScale());
        assertFalse(tcp.isSackPermitted() || tcp.hasTimestamps() || tcp.hasMalformedOptions());
        assertEquals(0, tcp.timestamp());
        assertThrows(IndexOutOfBoundsException.class, () -> tcp.sackLeft(0));
        assertFalse(tcp.options(options).next());
    }

    @Test
    void tcpWithSelectiveAcknowledgments() {
        decode(v4().tcp(1, 2).ack().nop().nop().sack(1, 2, 0xf0000003, 0xf0000004));
        assertTrue(tcp.wrap(packet, headers));
        assertEquals(2, tcp.sackBlocks());
        assertEquals(1, tcp.sackLeft(0));
        assertEquals(2, tcp.sackRight(0));
        assertEquals(0xf0000003L, tcp.sackLeft(1));
        assertEquals(0xf0000004L, tcp.sackRight(1));
    }

    @Test
    void otherOptionsAreInTheListAndWrongLengthsPassedOver() {
        decode(v4().tcp(1, 2)
                .tcpOption(TcpView.OPTION_MAXIMUM_SEGMENT_SIZE, (byte) 1)
                .tcpOption(TcpView.OPTION_FAST_OPEN, new byte[] {1, 2, 3, 4, 5, 6, 7, 8})
                .windowScale(1)
                .windowScale(2));
        assertTrue(tcp.wrap(packet, headers));
        assertEquals(-1, tcp.maximumSegmentSize());
        assertEquals(2, tcp.windowScale(), "the last one counts");
        tcp.options(options);
        assertTrue(options.next() && options.next());
        assertEquals(TcpView.OPTION_FAST_OPEN, options.type());
        assertEquals(0x01020304, options.value(window).i32(0));
    }

    @Test
    void optionsThatEndInTheMiddleAreTold() {
        Bytes segment = hex("0001 0002 00000000 00000000 6002 0000 0000 0000 01 03 03 08");
        assertTrue(tcp.wrap(segment, 0, 24));
        assertEquals(8, tcp.windowScale());
        assertFalse(tcp.hasMalformedOptions());
        assertTrue(tcp.wrap(hex("0001 0002 00000000 00000000 6002 0000 0000 0000 01 01 01 02"), 0, 24));
        assertTrue(tcp.hasMalformedOptions());
        assertTrue(tcp.wrap(hex("0001 0002 00000000 00000000 6002 0000 0000 0000 02 00 05 b4"), 0, 24));
        assertTrue(tcp.hasMalformedOptions(), "of no length");
        assertTrue(tcp.wrap(hex("0001 0002 00000000 00000000 6002 0000 0000 0000 00 02 04 05"), 0, 24));
        assertFalse(tcp.hasMalformedOptions(), "what follows the end is no option");
    }

    @Test
    void whatIsCutOffOrAnotherProtocolIsNone() {
        byte[] frame = v4().tcp(1, 2).mss(1460).build();
        for (int length = 0; length <= frame.length; length++) {
            packet = Bytes.of(Arrays.copyOf(frame, length));
            headers.decode(packet, 1, frame.length);
            assertEquals(length == frame.length, tcp.wrap(packet, headers), "of " + length + " bytes");
        }
        assertFalse(new UdpView().wrap(packet, headers));
        assertFalse(tcp.wrap(hex("0001 0002 00000000 00000000 4002 0000 0000 0000"), 0, 20), "shorter than itself");
        decode(v4().ipv4Fragment(8, false).tcp(1, 2));
        assertFalse(tcp.wrap(packet, headers), "the middle of a segment");
    }

    @Test
    void udp() {
        UdpView udp = new UdpView();
        decode(v6().udp(53, 5353).payload("odd"));
        assertTrue(udp.wrap(packet, headers));
        assertEquals(53, udp.sourcePort());
        assertEquals(5353, udp.destinationPort());
        assertEquals(11, udp.length());
        assertEquals(3, udp.payload(window).length());
        assertTrue(udp.checksum() != 0);
        assertTrue(udp.wrap(hex("0001 0002 0009 0000 aabbcc"), 0, 11));
        assertEquals(1, udp.payload(window).length(), "the rest is not the datagram's");
        assertTrue(udp.wrap(hex("0001 0002 0000 0000 aabbcc"), 0, 11));
        assertEquals(3, udp.payload(window).length(), "no length: all there is");
        assertFalse(udp.wrap(hex("0001 0002 0007 0000 aabbcc"), 0, 11));
        assertFalse(udp.wrap(hex("0001 0002 0008 00"), 0, 11));
    }

    @Test
    void sctpAndItsChunks() {
        SctpView sctp = new SctpView();
        decode(v4().sctp(2905, 2906).payload(HexFormat.of().parseHex("000300051122334455667788" + "0600000405000001")));
        assertTrue(sctp.wrap(packet, headers));
        assertEquals(2905, sctp.sourcePort());
        assertEquals(1, sctp.verificationTag());
        assertEquals(-1, sctp.chunkType(), "before the first");
        assertTrue(sctp.nextChunk());
        assertEquals(0, sctp.chunkType());
        assertEquals(3, sctp.chunkFlags());
        assertEquals(5, sctp.chunk(window).length());
        assertFalse(sctp.nextChunk(), "a length of 0x7788");
        assertTrue(sctp.wrap(packet, headers) && sctp.nextChunk());

        assertTrue(sctp.wrap(hex("0001 0002 00000003 00000000 06000004 05000005 aa"), 0, 100));
        assertTrue(sctp.nextChunk() && sctp.nextChunk());
        assertEquals(5, sctp.chunkType());
        assertFalse(sctp.nextChunk());
        assertTrue(sctp.wrap(hex("0001 0002 00000003 00000000 06000003"), 0, 100));
        assertFalse(sctp.nextChunk(), "shorter than itself");
    }

    @Test
    void icmpEchoesAndErrors() {
        IcmpView icmp = new IcmpView();
        decode(v4().echoRequest(7, 9).payload("ping"));
        assertTrue(icmp.wrap(packet, headers));
        assertTrue(icmp.isEcho() && !icmp.isError());
        assertEquals(7, icmp.identifier());
        assertEquals(9, icmp.sequence());
        assertEquals(4, icmp.payload(window).length());
        assertEquals(0, icmp.original(window).length());
        assertEquals(-1, icmp.nextHopMtu());

        byte[] lost =
                PacketBuilder.rawIp().ipv4("10.0.0.1", "10.0.0.2").udp(5, 6).build();
        decode(v4().icmp(3, 4, 1400).payload(lost));
        assertTrue(icmp.wrap(packet, headers) && icmp.isError());
        assertEquals(1400, icmp.nextHopMtu());
        assertEquals(-1, icmp.identifier());
        Headers original = new Headers();
        original.decode(icmp.original(window), dev.weir.LinkType.RAW);
        assertEquals(6, original.destinationPort());

        decode(v4().icmp(5, 1, 0x0a000009).payload(lost));
        assertTrue(icmp.wrap(packet, headers));
        assertEquals("10.0.0.9", IpAddress.format(4, 0, icmp.gateway()));
    }

    @Test
    void icmpv6ErrorsAndNeighbors() {
        Icmpv6View icmp = new Icmpv6View();
        decode(v6().icmpv6(Icmpv6View.PACKET_TOO_BIG, 0, 1280).payload("60"));
        assertTrue(icmp.wrap(packet, headers) && icmp.isError() && !icmp.hasTarget());
        assertEquals(1280, icmp.mtu());
        assertEquals(2, icmp.original(window).length());

        byte[] target = ByteBuffer.allocate(24)
                .putLong(0xfe80000000000000L)
                .putLong(9)
                .put(HexFormat.of().parseHex("0101020000000009"))
                .array();
        decode(v6().icmpv6(Icmpv6View.NEIGHBOR_SOLICITATION, 0, 0).payload(target));
        assertTrue(icmp.wrap(packet, headers) && icmp.hasTarget() && !icmp.isError());
        assertEquals("fe80::9", IpAddress.format(6, icmp.targetHigh(), icmp.targetLow()));
        assertTrue(icmp.options(options).next());
        assertEquals(1, options.type());
        assertEquals(6, options.valueLength());
        assertFalse(options.next() || options.isMalformed());

        decode(v6().icmpv6(Icmpv6View.NEIGHBOR_SOLICITATION, 0, 0).payloadOf(15));
        assertTrue(icmp.wrap(packet, headers));
        assertFalse(icmp.hasTarget() || icmp.options(options).next(), "cut off");
        assertEquals(0, icmp.targetLow());
        decode(v6().icmpv6(Icmpv6View.ROUTER_SOLICITATION, 0, 0).payload((byte) 1, (byte) 0, (byte) 0, (byte) 0));
        assertTrue(icmp.wrap(packet, headers));
        assertFalse(icmp.options(options).next());
        assertTrue(options.isMalformed(), "an option of no length");
        decode(v6().echoReply(3, 4));
        assertTrue(icmp.wrap(packet, headers) && icmp.isEcho());
        assertEquals(3, icmp.identifier());
    }
}
