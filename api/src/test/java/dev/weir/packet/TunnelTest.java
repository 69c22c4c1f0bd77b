package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.Protocols;
import dev.weir.packet.TunnelView.Kind;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packets in packets, written byte for byte as the standards have them. */
class TunnelTest {
    private static final String MACS = "020000000003 020000000004 ";

    /** 10.0.0.1 to 10.0.0.2, UDP 12345 to 80, 4 bytes of payload; 32 bytes in all. */
    private static final String INNER4 =
            "4500 0020 abcd 0000 40 11 0000 0a000001 0a000002 3039 0050 000c 0000 01020304 ";

    private static final String ADDRESSES6 = "20010db8000000000000000000000001 20010db8000000000000000000000002 ";

    /** 2001:db8::1 to 2001:db8::2, the same; 52 bytes. */
    private static final String INNER6 = "60000000 000c 11 40 " + ADDRESSES6 + "3039 0050 000c 0000 01020304 ";

    private final Headers outer = new Headers();
    private final Headers inner = new Headers();
    private final TunnelView tunnel = new TunnelView();
    private Bytes packet;

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    /** 192.0.2.1 to 192.0.2.2, with the true length. */
    private static String ipv4(int protocol, String payload) {
        return String.format("4500 %04x 0000 0000 40 %02x 0000 c0000201 c0000202 ", 20 + hex(payload).length, protocol)
                + payload;
    }

    private static String ipv6(int next, String payload) {
        return String.format("60000000 %04x %02x 40 ", hex(payload).length, next) + ADDRESSES6 + payload;
    }

    private static String udp(int port, String payload) {
        return String.format("c000 %04x %04x 0000 ", port, 8 + hex(payload).length) + payload;
    }

    private boolean decode(String text) {
        packet = Bytes.of(hex(text));
        outer.decode(packet, LinkType.RAW);
        boolean found = inner.decodeInner(outer, packet);
        assertEquals(found, tunnel.wrap(packet, outer) && inner.isIp());
        return found;
    }

    private void assertCarries(Kind kind, int innerOffset, int network, String text) {
        assertTrue(decode(text), () -> "no inner packet in " + outer);
        assertEquals(kind, tunnel.kind());
        assertEquals(innerOffset, tunnel.innerOffset());
        assertEquals(network, tunnel.virtualNetwork());
        assertEquals(network, inner.virtualNetwork());
        FlowKey expected = inner.ipVersion() == 4
                ? FlowKey.of(Protocols.UDP, "10.0.0.1", 12345, "10.0.0.2", 80)
                : FlowKey.of(Protocols.UDP, "2001:db8::1", 12345, "2001:db8::2", 80);
        assertEquals(
                expected.toString() + (network < 0 ? "" : " (network " + network + ")"),
                inner.key().toString());
        assertEquals(0x01020304, packet.i32(inner.payloadOffset()));
        assertEquals(4, inner.payloadLength());
    }

    @Test
    void ipInIpInAllFourForms() {
        assertCarries(Kind.IP_IN_IP, 20, -1, ipv4(4, INNER4));
        assertCarries(Kind.IP_IN_IP, 20, -1, ipv4(41, INNER6));
        assertCarries(Kind.IP_IN_IP, 40, -1, ipv6(4, INNER4));
        assertCarries(Kind.IP_IN_IP, 40, -1, ipv6(41, INNER6));
        assertCarries(Kind.IP_IN_IP, 48, -1, ipv6(60, "2900 0104 00000000 " + INNER6));
    }

    @ParameterizedTest
    @CsvSource({
        "nothing else, 0000 0800, 24",
        "a checksum, 8000 0800 1234 0000, 28",
        "a key, 2000 0800 00000007, 28",
        "a sequence number, 1000 0800 00000009, 28",
        "all of them, b000 0800 1234 0000 00000007 00000009, 36",
        "MPLS, 0000 8847 00010140, 24",
        "an Ethernet frame, 0000 6558 020000000003 020000000004 0800, 24",
        "a tagged Ethernet frame, 0000 6558 020000000003 020000000004 8100 0007 0800, 24",
        "ERSPAN version 2, 1000 88be 00000001 1000 0000 00000000 020000000003 020000000004 0800, 36",
        "ERSPAN version 1, 0000 88be 020000000003 020000000004 0800, 24",
        "ERSPAN version 3, 1000 22eb 00000001 2000 0000 00000000 00000000 020000000003 020000000004 0800, 40",
        "ERSPAN version 3 with an IP packet, 1000 22eb 00000001 2000 0000 00000000 00000800, 40",
        "ERSPAN with a platform's header, 1000 22eb 00000001 2000 0000 00000000 00000001 0000000000000000"
                + " 020000000003 020000000004 0800, 48",
        "PPP of PPTP, 3081 880b 0024 0001 00000001 00000002 ff03 0021, 36",
        "PPP with short fields, 2001 880b 0024 0001 21, 28",
    })
    void greWith(String what, String header, int innerOffset) {
        assertCarries(Kind.GRE, innerOffset, -1, ipv4(47, header + INNER4));
    }

    @Test
    void greTellsItsFields() {
        decode(ipv4(47, "b000 0800 0000 0000 80000007 90000009 " + INNER4));
        GreView gre = new GreView();
        assertTrue(gre.wrap(packet, tunnel.offset(), packet.length()));
        assertEquals(0x80000007L, gre.key());
        assertEquals(0x90000009L, gre.sequence());
        assertTrue(gre.hasChecksum() && !gre.isChecksumValid() && !gre.isNvgre() && !gre.hasAcknowledgment());
        byte[] header = hex("8000 0800 0000 0000 " + INNER4);
        int checksum = InternetChecksum.of(Bytes.of(header), 0, header.length);
        header[4] = (byte) (checksum >>> 8);
        header[5] = (byte) checksum;
        assertTrue(gre.wrap(Bytes.of(header), 0, header.length) && gre.isChecksumValid());
        assertEquals(checksum, gre.checksum());
    }

    @Test
    void erspanOfAnotherFrameTypeIsNotRead() {
        assertFalse(decode(ipv4(47, "1000 22eb 00000001 2000 0000 00000000 00001c00 " + INNER4)));
    }

    @Test
    void nvgreNamesItsSubnet() {
        assertCarries(Kind.GRE, 28, 0x123456, ipv4(47, "2000 6558 12345601 " + MACS + "0800 " + INNER4));
    }

    @Test
    void vxlan() {
        String header = "08000000 12345600 " + MACS;
        assertCarries(Kind.VXLAN, 36, 0x123456, ipv4(17, udp(4789, header + "0800 " + INNER4)));
        assertCarries(Kind.VXLAN, 56, 0x123456, ipv6(17, udp(8472, header + "86dd " + INNER6)));
        assertFalse(decode(ipv4(17, udp(4789, "00000000 12345600 " + MACS + "0800 " + INNER4))));
        assertFalse(decode(ipv4(17, udp(4790, header + "0800 " + INNER4))), "another port");
    }

    @Test
    void geneve() {
        assertCarries(Kind.GENEVE, 36, 5, ipv4(17, udp(6081, "00 00 0800 00000500 " + INNER4)));
        String options = "0102 80 01 aabbccdd 0103 02 00 ";
        String frame = "03 40 6558 00000500 " + options + MACS + "86dd " + INNER6;
        assertCarries(Kind.GENEVE, 48, 5, ipv4(17, udp(6081, frame)));

        GeneveView geneve = new GeneveView();
        assertTrue(geneve.wrap(packet, tunnel.offset(), packet.length()));
        assertTrue(geneve.hasCriticalOptions() && !geneve.isControl());
        OptionList list = geneve.options(new OptionList());
        assertTrue(list.next());
        assertEquals(0x010280, list.type());
        assertEquals(0xaabbccddL, list.u32());
        assertTrue(list.next());
        assertEquals(0x010302, list.type());
        assertEquals(0, list.valueLength());
        assertFalse(list.next() || list.isMalformed());

        assertFalse(decode(ipv4(17, udp(6081, "00 80 0800 00000500 " + INNER4))), "a control message");
        assertFalse(decode(ipv4(17, udp(6081, "40 00 0800 00000500 " + INNER4))), "another version");
        assertFalse(decode(ipv4(17, udp(6081, "3f 00 0800 00000500 " + INNER4))), "options behind the end");
    }

    @Test
    void gtpu() {
        assertCarries(Kind.GTP_U, 36, -1, ipv4(17, udp(2152, "30 ff 0020 00000007 " + INNER4)));
        assertCarries(Kind.GTP_U, 40, -1, ipv4(17, udp(2152, "32 ff 0038 00000007 0001 00 00 " + INNER6)));
        String message = "36 ff 0030 00000007 0001 00 85 01 1009 40 02 112233445566 00 ";
        assertCarries(Kind.GTP_U, 52, -1, ipv4(17, udp(2152, message + INNER4)));

        GtpuView gtpu = new GtpuView();
        assertTrue(gtpu.wrap(packet, tunnel.offset(), packet.length() - tunnel.offset()));
        assertEquals(7, gtpu.tunnelEndpoint());
        assertEquals(1, gtpu.sequence());
        assertEquals(24, gtpu.headerLength());
        OptionList list = gtpu.extensions(new OptionList());
        assertTrue(list.next());
        assertEquals(0x85, list.type());
        assertEquals(0x1009, list.u16());
        assertTrue(list.next());
        assertEquals(0x40, list.type());
        assertEquals(6, list.valueLength());
        assertFalse(list.next() || list.isMalformed());

        assertFalse(decode(ipv4(17, udp(2152, "30 01 0020 00000007 " + INNER4))), "an echo request");
        assertFalse(decode(ipv4(17, udp(2152, "50 ff 0020 00000007 " + INNER4))), "another version");
        assertFalse(decode(ipv4(17, udp(2152, "30 ff 0021 00000007 " + INNER4))), "longer than the datagram");
        assertFalse(
                decode(ipv4(17, udp(2152, "34 ff 0024 00000007 0001 00 85 00 1009 00"))), "an extension of no length");
        assertFalse(decode(ipv4(17, udp(2152, "34 ff 0004 00000007 0001 00 85"))), "an extension that is not there");
    }

    @Test
    void whatFollowsAMessageOfGtpuIsNoneOfItsPacket() {
        assertTrue(decode(ipv4(17, udp(2152, "30 ff 0020 00000007 " + INNER4 + "ffffffff"))));
        assertEquals(36 + 32, inner.networkEnd());
        assertFalse(decode(ipv4(17, udp(2152, "30 ff 0013 00000007 " + INNER4))), "half a header");
    }

    @Test
    void bytesBehindTheOuterPacketAreNotReadAsTheInnerOne() {
        assertFalse(decode("4500 0014 0000 0000 40 04 0000 c0000201 c0000202 " + INNER4));
        assertFalse(decode("4500 0020 0000 0000 40 04 0000 c0000201 c0000202 " + INNER4));
    }

    @Test
    void fragmentsDoNotShowWhatTheyCarry() {
        assertFalse(decode("4500 0034 0000 2000 40 04 0000 c0000201 c0000202 " + INNER4));
        assertFalse(decode("4500 0034 0000 0001 40 04 0000 c0000201 c0000202 " + INNER4));
        assertTrue(decode("60000000 0028 2c 40 " + ADDRESSES6 + "04 00 0000 00000001 " + INNER4), "an atomic one does");
    }

    @Test
    void whatIsNotIpIsNoInnerPacket() {
        assertFalse(decode(ipv4(17, udp(4789, "08000000 00000100 " + MACS + "0806 0001080006040001"))));
        assertFalse(inner.isIp());
        assertEquals(-1, inner.protocol());
        assertFalse(decode(ipv4(6, INNER4)));
        assertThrows(IllegalArgumentException.class, () -> inner.decodeInner(inner, packet));
    }

    @Test
    void tagsOutsideAndInsideAreKept() {
        String frame = "020000000001 020000000002 8100 0005 0800 "
                + ipv4(17, udp(4789, "08000000 00000900 " + MACS + "8100 0006 0800 " + INNER4));
        packet = Bytes.of(hex(frame));
        outer.decode(packet, LinkType.ETHERNET);
        assertTrue(inner.decodeInner(outer, packet));
        assertEquals(1, outer.vlanCount());
        assertEquals(2, inner.vlanCount());
        assertEquals(5, inner.vlan(0));
        assertEquals(6, inner.vlan(1));
        assertEquals(-1, outer.virtualNetwork());
    }

    @Test
    void theInnermostIsFoundHoweverDeep() {
        String deep = INNER4;
        for (int i = 0; i < 40; i++) {
            deep = i % 2 == 0 ? ipv4(47, "0000 0800 " + deep) : ipv4(4, deep);
        }
        String frame = ipv4(17, udp(4789, "08000000 00000900 " + MACS + "0800 " + deep));
        InnermostHeaders innermost = new InnermostHeaders();
        byte[] bytes = hex(frame);
        Headers found = innermost.decode(Bytes.of(bytes), LinkType.RAW, bytes.length);
        assertEquals(12345, found.sourcePort());
        assertEquals(9, found.virtualNetwork(), "kept on the way in");
        assertEquals(bytes.length - 4, found.payloadOffset());

        byte[] plain = hex(INNER4);
        Headers again = innermost.decode(Bytes.of(plain), LinkType.RAW, plain.length);
        assertEquals(-1, again.virtualNetwork());
        assertEquals(28, again.payloadOffset());
        assertSame(again, innermost.decode(Bytes.of(plain), LinkType.RAW, plain.length));
    }

    @Test
    void everyPrefixIsReadOrRefused() {
        byte[] whole =
                hex(ipv4(17, udp(2152, "36 ff 0030 00000007 0001 00 85 01 1009 40 02 112233445566 00 " + INNER4)));
        for (int length = 0; length <= whole.length; length++) {
            packet = Bytes.of(java.util.Arrays.copyOf(whole, length));
            outer.decode(packet, LinkType.RAW, whole.length);
            boolean found = inner.decodeInner(outer, packet);
            assertEquals(length >= 52 + 20, found, "of " + length + " bytes");
        }
    }
}
