package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Protocols;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class NetworkViewsTest {
    private final Headers headers = new Headers();
    private final Ipv4View ipv4 = new Ipv4View();
    private final Ipv6View ipv6 = new Ipv6View();
    private final Ipv6Extensions extensions = new Ipv6Extensions();
    private final OptionList options = new OptionList();
    private final Bytes window = new Bytes();
    private Bytes packet;

    private void decode(PacketBuilder builder) {
        packet = Bytes.of(builder.build());
        headers.decode(packet, builder.linkType());
    }

    private static Bytes hex(String text) {
        return Bytes.of(HexFormat.of().parseHex(text.replace(" ", "")));
    }

    @Test
    void ipv4WithAllItsFields() {
        decode(PacketBuilder.ethernet()
                .ipv4("192.0.2.1", "198.51.100.255")
                .ttl(3)
                .trafficClass(0xb9)
                .identification(0xbeef)
                .dontFragment()
                .udp(1, 2)
                .payload("hi"));
        assertTrue(ipv4.wrap(packet, headers));
        assertEquals(20, ipv4.headerLength());
        assertEquals(30, ipv4.totalLength());
        assertEquals(0x2e, ipv4.dscp());
        assertEquals(1, ipv4.ecn());
        assertEquals(0xbeef, ipv4.identification());
        assertTrue(ipv4.dontFragment() && !ipv4.moreFragments() && !ipv4.isReservedFlagSet() && !ipv4.hasOptions());
        assertEquals(0, ipv4.fragmentOffset());
        assertEquals(3, ipv4.timeToLive());
        assertEquals(Protocols.UDP, ipv4.protocol());
        assertEquals(headers.sourceLow(), ipv4.sourceLow());
        assertEquals("198.51.100.255", IpAddress.format(4, ipv4.destinationHigh(), ipv4.destinationLow()));
        assertTrue(ipv4.isChecksumValid());
        assertEquals(ipv4.checksum(), ipv4.computeChecksum());
        assertEquals(10, ipv4.payload(window).length());
        assertFalse(ipv6.wrap(packet, headers));
        assertFalse(options(ipv4.options(options)));
    }

    private static boolean options(OptionList list) {
        return list.next();
    }

    @Test
    void paddingOfTheLinkIsNoPayload() {
        byte[] frame =
                PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).build();
        packet = Bytes.of(java.util.Arrays.copyOf(frame, 60));
        assertTrue(ipv4.wrap(packet, 14, 46));
        assertEquals(8, ipv4.payload(window).length());
    }

    @Test
    void aFragmentTellsItsPlace() {
        decode(PacketBuilder.rawIp()
                .ipv4("10.0.0.1", "10.0.0.2")
                .ipv4Fragment(1480, true)
                .payloadOf(16));
        assertTrue(ipv4.wrap(packet, headers));
        assertEquals(1480, ipv4.fragmentOffset());
        assertTrue(ipv4.moreFragments());
    }

    @Test
    void ipv4OptionsOneAfterTheOther() {
        decode(PacketBuilder.rawIp()
                .ipv4("10.0.0.1", "10.0.0.2")
                .ipv4Options((byte) 1, (byte) 0x94, (byte) 4, (byte) 0, (byte) 7, (byte) 0x44, (byte) 2, (byte) 0)
                .udp(1, 2));
        assertTrue(ipv4.wrap(packet, headers) && ipv4.hasOptions() && ipv4.isChecksumValid());
        ipv4.options(options);
        assertTrue(options.next());
        assertEquals(1, options.type(), "no operation");
        assertTrue(options.next());
        assertEquals(0x94, options.type(), "router alert");
        assertEquals(7, options.u16());
        assertEquals(2, options.value(window).length());
        assertTrue(options.next());
        assertEquals(0x44, options.type());
        assertEquals(0, options.valueLength());
        assertFalse(options.next() || options.isMalformed());
    }

    @Test
    void headersThatContradictThemselvesAreNone() {
        String rest = " 0000 0000 40 11 0000 0a000001 0a000002";
        assertTrue(ipv4.wrap(hex("4500 0014" + rest), 0, 20));
        assertTrue(ipv4.wrap(hex("4500 0000" + rest), 0, 20), "left to the network card");
        assertFalse(ipv4.wrap(hex("4500 0013" + rest), 0, 20));
        assertFalse(ipv4.wrap(hex("4400 0014" + rest), 0, 20));
        assertFalse(ipv4.wrap(hex("4600 0018" + rest), 0, 20));
        assertFalse(ipv4.wrap(hex("5500 0014" + rest), 0, 20));
        assertFalse(ipv4.wrap(hex("4500 0014" + rest), 0, 19));
        assertFalse(ipv6.wrap(hex("4500 0014" + rest), 0, 20));
    }

    @Test
    void ipv6WithExtensionHeaders() {
        decode(PacketBuilder.ethernet()
                .ipv6("2001:db8::1", "2001:db8::a")
                .ttl(9)
                .trafficClass(0xb9)
                .flowLabel(0xabcde)
                .hopByHop((byte) 5, (byte) 2, (byte) 0, (byte) 7)
                .routing(1, "2001:db8::a", "2001:db8::b")
                .destinationOptions((byte) 0, (byte) 0x1e, (byte) 1, (byte) 0xff)
                .ipv6Fragment(0, false, 7)
                .authentication(1, 2)
                .tcp(1, 2));
        assertTrue(ipv6.wrap(packet, headers));
        assertEquals(0x2e, ipv6.dscp());
        assertEquals(1, ipv6.ecn());
        assertEquals(0xabcde, ipv6.flowLabel());
        assertEquals(packet.length() - 54, ipv6.payloadLength());
        assertEquals(9, ipv6.hopLimit());
        assertEquals("2001:db8::1", IpAddress.format(6, ipv6.sourceHigh(), ipv6.sourceLow()));
        assertEquals("2001:db8::a", IpAddress.format(6, ipv6.destinationHigh(), ipv6.destinationLow()));
        assertEquals(Ipv6Extensions.HOP_BY_HOP_OPTIONS, ipv6.nextHeader());

        ipv6.extensions(extensions);
        assertTrue(extensions.next());
        assertEquals(Ipv6Extensions.HOP_BY_HOP_OPTIONS, extensions.type());
        assertEquals(40, extensions.offset());
        assertTrue(extensions.options(options).next());
        assertEquals(5, options.type(), "router alert");
        assertEquals(7, options.u16());
        assertTrue(extensions.next());
        assertEquals(4, extensions.routingType());
        assertEquals(1, extensions.segmentsLeft());
        assertEquals(40, extensions.length());
        assertFalse(extensions.options(options).next(), "a routing header has no options");
        assertTrue(extensions.next());
        assertEquals(-1, extensions.routingType());
        assertTrue(extensions.options(options).next());
        assertEquals(0, options.type(), "a byte of padding");
        assertTrue(options.next());
        assertEquals(0x1e, options.type());
        assertEquals(0xff, options.u8());
        assertTrue(extensions.next());
        assertEquals(Ipv6Extensions.FRAGMENT_HEADER, extensions.type());
        assertTrue(extensions.next());
        assertEquals(24, extensions.length(), "the authentication header counts in words");
        assertEquals(24, extensions.header(window).length());
        assertFalse(extensions.next());
        assertEquals(Protocols.TCP, extensions.nextHeader());
        assertEquals(headers.transportOffset(), 14 + extensions.offset() + extensions.length());
    }

    @Test
    void whatFollowsALaterFragmentIsNoHeader() {
        decode(PacketBuilder.rawIp()
                .ipv6("2001:db8::1", "2001:db8::2")
                .ipv6Fragment(1480, true, 7)
                .destinationOptions(new byte[6]));
        assertTrue(ipv6.wrap(packet, headers) && ipv6.extensions(extensions).next());
        assertEquals(1480, extensions.fragmentOffset());
        assertFalse(extensions.next());
    }

    @Test
    void extensionHeadersThatAreCutOffEndTheList() {
        byte[] whole = PacketBuilder.rawIp()
                .ipv6("2001:db8::1", "2001:db8::2")
                .hopByHop(new byte[14])
                .destinationOptions(new byte[6])
                .udp(1, 2)
                .build();
        for (int length = 40; length <= whole.length; length++) {
            packet = Bytes.of(java.util.Arrays.copyOf(whole, length));
            assertTrue(ipv6.wrap(packet, 0, length));
            ipv6.extensions(extensions);
            int count = 0;
            while (extensions.next()) {
                count++;
            }
            assertEquals(length < 56 ? 0 : length < 64 ? 1 : 2, count);
        }
    }

    @Test
    void aJumbogramIsAsLongAsItIs() {
        packet = hex("60000000 0000 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002"
                + " 3b 00 c2 04 00020000 ffff");
        headers.decode(packet, LinkType.IPV6);
        assertTrue(ipv6.wrap(packet, headers));
        assertEquals(10, ipv6.payload(window).length());
        assertTrue(ipv6.extensions(extensions).next()
                && extensions.options(options).next());
        assertEquals(0xc2, options.type());
        assertEquals(0x20000, options.u32());
    }
}
