package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.Protocols;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadersTest {
    private static final String MACS = "020000000001 020000000002 ";
    private static final String PORTS = "3039 0050 ";

    /** 10.0.0.1 to 10.0.0.2, UDP, 4 bytes of payload. */
    private static final String UDP4 =
            "4500 0020 abcd 0000 40 11 0000 0a000001 0a000002 " + PORTS + "000c 0000 01020304 ";

    private static final String ADDRESSES6 = "20010db8000000000000000000000001 20010db8000000000000000000000002 ";
    private static final String UDP6 = "60000000 000c 11 40 " + ADDRESSES6 + PORTS + "000c 0000 01020304 ";

    private final Headers headers = new Headers();

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private Headers decode(int linkType, String text) {
        headers.decode(Bytes.of(hex(text)), linkType);
        return headers;
    }

    private Headers ethernet(String text) {
        return decode(LinkType.ETHERNET, MACS + text);
    }

    private void assertUdp4() {
        assertEquals(FlowKey.of(Protocols.UDP, "10.0.0.1", 12345, "10.0.0.2", 80), withoutVlans(headers.key()));
        assertEquals(4, headers.payloadLength());
        assertEquals(4, headers.statedPayloadLength());
        assertTrue(headers.hasTransport() && headers.hasPorts() && !headers.isFragment());
    }

    private static FlowKey withoutVlans(FlowKey key) {
        return new FlowKey(
                key.ipVersion(),
                key.protocol(),
                key.sourceHigh(),
                key.sourceLow(),
                key.destinationHigh(),
                key.destinationLow(),
                key.sourcePort(),
                key.destinationPort(),
                0);
    }

    @ParameterizedTest
    @CsvSource({
        "plain, 0800",
        "one tag, 8100 2005 0800",
        "two tags, 88a8 0064 8100 00c8 0800",
        "the older tag, 9100 0001 0800",
        "five tags, 8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800",
        "one label, 8847 00010140",
        "two labels, 8848 00010040 00020140",
        "a pseudowire, 8847 00010140 020000000003 020000000004 0800",
        "a pseudowire with a control word, 8847 00010140 00000001 020000000003 020000000004 8100 0007 0800",
        "a PPPoE session, 8864 1100 0001 0022 0021",
        "a PPPoE session with a short protocol, 8864 1100 0001 0021 21",
        "LLC and SNAP, 0028 aaaa03 000000 0800",
        "LLC, 0023 060603",
        "802.1BR, 893f 000000000000 0800",
        "VN-Tag, 8926 00000000 0800",
        "FabricPath, 8903 0000 020000000003 020000000004 0800",
        "802.1ah, 88e7 00000001 020000000003 020000000004 0800",
        "TRILL with options, 22f3 0047 0001 0002 00000000 020000000003 020000000004 0800",
        "Ethernet in Ethernet, 6558 020000000003 020000000004 0800",
        "MACsec, 88e5 00 00 00000001 0800",
        "MACsec with its channel, 88e5 20 00 00000001 0000000000000001 0800",
        "NSH to IPv4, 894f 0fc2 0101 00000000",
        "NSH to Ethernet, 894f 0fc2 0103 00000000 020000000003 020000000004 0800",
    })
    void findsIpBehindWhatEthernetMayCarryInBetween(String what, String between) {
        ethernet(between + UDP4);
        assertUdp4();
    }

    @Test
    void encryptedFramesHaveNoIp() {
        assertFalse(ethernet("88e5 0c 00 00000001 0800" + UDP4).isIp());
        assertEquals(0x88e5, headers.etherType());
    }

    @Test
    void keepsTheOutermostFourTags() {
        ethernet("8100 f001 8100 0002 8100 0003 8100 0004 8100 0005 0800" + UDP4);
        assertEquals(4, headers.vlanCount());
        assertEquals(1, headers.vlan(0));
        assertEquals(4, headers.vlan(3));
        assertEquals(0x1004_1003_1002_1001L, headers.vlans());
        assertEquals(0x0800, headers.etherType());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 02000000",
        "0, 00000002",
        "108, 00000002",
        "101, ''",
        "228, ''",
        "113, 0000 0001 0006 020000000001 0000 0800",
        "113, 0000 0001 0006 020000000001 0000 8100 0007 0800",
        "113, 0000 0001 0006 020000000001 0000 0004 aaaa03 000000 0800",
        "276, 0800 0000 00000002 0001 00 06 020000000001 0000",
    })
    void findsIpv4BehindEachLinkHeader(int linkType, String header) {
        decode(linkType, header + UDP4);
        assertUdp4();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1e000000",
        "0, 0a000000",
        "108, 00000018",
        "101, ''",
        "229, ''",
        "113, 0000 0001 0006 020000000001 0000 86dd",
        "276, 86dd 0000 00000002 0001 00 06 020000000001 0000",
        "1, 020000000001 020000000002 86dd",
    })
    void findsIpv6BehindEachLinkHeader(int linkType, String header) {
        decode(linkType, header + UDP6);
        assertEquals(FlowKey.of(Protocols.UDP, "2001:db8::1", 12345, "2001:db8::2", 80), headers.key());
        assertEquals(4, headers.statedPayloadLength());
    }

    @Test
    void otherLinkTypesHaveNoHeaders() {
        assertFalse(decode(147, UDP4).isIp());
        assertFalse(decode(LinkType.IPV4, UDP6).isIp());
        assertFalse(decode(LinkType.IPV6, UDP4).isIp());
        assertEquals(-1, headers.etherType());
        assertEquals("no headers", headers.toString());
    }

    @Test
    void walksIpv6ExtensionHeaders() {
        String chain = "2b00 0000 00000000" // hop-by-hop, then routing
                + "3c00 0000 00000000" // destination options
                + "3301 0000 00000000 0000000000000000" // authentication header
                + "1101 0000 00000000 00000000"; // its length counts words of four
        decode(LinkType.RAW, "60000000 0034 00 40 " + ADDRESSES6 + chain + PORTS + "000c 0000 01020304");
        assertEquals(Protocols.UDP, headers.protocol());
        assertEquals(12345, headers.sourcePort());
        assertEquals(40 + 8 + 8 + 16 + 12, headers.transportOffset());
    }

    @Test
    void theFirstFragmentHasPortsAndTheLaterOnesHaveNot() {
        ethernet("0800 4500 0020 abcd 2000 40 11 0000 0a000001 0a000002 " + PORTS + "05dc 0000 01020304");
        assertTrue(headers.isFragment() && headers.moreFragments() && headers.hasPorts());
        assertEquals(0xabcd, headers.fragmentId());
        assertEquals(4, headers.payloadLength());
        assertEquals(1492, headers.statedPayloadLength());
        ethernet("0800 4500 0020 abcd 0010 40 11 0000 0a000001 0a000002 " + PORTS + "05dc 0000 01020304");
        assertTrue(headers.isFragment() && !headers.moreFragments() && !headers.hasPorts());
        assertEquals(128, headers.fragmentOffset());
        assertEquals(Protocols.UDP, headers.protocol());
        assertEquals(12, headers.payloadLength());
        assertEquals(-1, headers.statedPayloadLength());
    }

    @Test
    void readsFragmentsOfIpv6() {
        String udp = PORTS + "000c 0000 01020304";
        decode(LinkType.RAW, "60000000 0014 2c 40 " + ADDRESSES6 + "11 00 0001 89abcdef" + udp);
        assertTrue(headers.isFragment() && headers.moreFragments() && headers.hasPorts());
        assertEquals(0x89abcdef, headers.fragmentId());
        decode(LinkType.RAW, "60000000 0014 2c 40 " + ADDRESSES6 + "11 00 00b8 00000001" + udp);
        assertTrue(headers.isFragment() && !headers.moreFragments() && !headers.hasPorts());
        assertEquals(0xb8, headers.fragmentOffset());
        assertEquals(Protocols.UDP, headers.protocol());
        decode(LinkType.RAW, "60000000 0014 2c 40 " + ADDRESSES6 + "11 00 0000 00000001" + udp);
        assertTrue(headers.isFragment() && !headers.moreFragments() && headers.hasPorts(), "atomic, RFC 6946");
        assertEquals(4, headers.statedPayloadLength());
    }

    @Test
    void readsTcp() {
        String tcp = PORTS + "00000001 00000002 6012 ffff 0000 0000 020405b4 aabb";
        ethernet("0800 4500 002e 0000 4000 40 06 0000 0a000001 0a000002 " + tcp);
        assertEquals(0x12, headers.tcpFlags());
        assertEquals(14 + 20 + 24, headers.payloadOffset());
        assertEquals(2, headers.payloadLength());
        assertEquals(2, headers.statedPayloadLength());
        assertTrue(headers.hasTransport());
        ethernet("0800 4500 002e 0000 4000 40 06 0000 0a000001 0a000002 " + tcp.replace("6012", "4012"));
        assertFalse(headers.hasTransport(), "a header of 16 bytes is none");
        ethernet("0800 4500 002e 0000 4000 40 06 0000 0a000001 0a000002 " + tcp.replace("6012", "f012"));
        assertFalse(headers.hasTransport(), "a header longer than the segment is none");
        assertEquals(-1, headers.statedPayloadLength());
    }

    @Test
    void headersThatTheCaptureCutTellWhatTheyStillCan() {
        byte[] tcp =
                hex(MACS + "0800 4500 0050 0000 4000 40 06 0000 0a000001 0a000002 " + PORTS + "00000001 00000002 8010");
        headers.decode(Bytes.of(tcp), LinkType.ETHERNET, 94);
        assertFalse(headers.hasTransport());
        assertEquals(0x10, headers.tcpFlags());
        assertEquals(28, headers.statedPayloadLength());
        byte[] udp = hex(MACS + "0800 4500 0050 0000 4000 40 11 0000 0a000001 0a000002 " + PORTS + "003c");
        headers.decode(Bytes.of(udp), LinkType.ETHERNET, 94);
        assertFalse(headers.hasTransport());
        assertEquals(52, headers.statedPayloadLength());
    }

    @Test
    void otherFamiliesOfBsdLoopbackAreNotIp() {
        assertFalse(decode(LinkType.NULL, "07000000" + UDP4).isIp());
        assertFalse(decode(LinkType.LOOP, "0000001f" + UDP4).isIp());
    }

    @Test
    void paddingBehindIpIsNoPayload() {
        ethernet("0800 4500 0028 0000 4000 40 06 0000 0a000001 0a000002 " + PORTS
                + "00000001 00000002 5010 ffff 0000 0000 000000000000");
        assertEquals(0, headers.payloadLength());
        assertEquals(0, headers.statedPayloadLength());
        assertEquals(54, headers.networkEnd());
    }

    @Test
    void aLengthOfZeroMeansAllThereIsOnTheWire() {
        byte[] packet = hex(MACS + "0800" + UDP4.replace("4500 0020", "4500 0000"));
        headers.decode(Bytes.of(packet), LinkType.ETHERNET, 3000);
        assertEquals(3000, headers.networkEnd());
        byte[] jumbo = hex("60000000 0000 00 40 " + ADDRESSES6 + "1100 c204 00011170" + PORTS + "0000 0000 01020304");
        headers.decode(Bytes.of(jumbo), LinkType.IPV6, 70_000);
        assertEquals(70_000, headers.networkEnd());
        assertEquals(12345, headers.sourcePort());
    }

    @Test
    void anIpv6PacketWithoutPayloadHasNoTransport() {
        decode(LinkType.IPV6, UDP6.replace("60000000 000c", "60000000 0000"));
        assertEquals(40, headers.networkEnd());
        assertFalse(headers.hasPorts(), "what follows is padding");
    }

    @Test
    void noLengthReachesBehindTheWire() {
        byte[] packet = hex(MACS + "0800 4500 ffff 0000 4000 40 06 0000 0a000001 0a000002 " + PORTS
                + "00000001 00000002 5010 ffff 0000 0000 aabb");
        headers.decode(Bytes.of(packet), LinkType.ETHERNET, packet.length);
        assertEquals(2, headers.statedPayloadLength());
        headers.decode(Bytes.of(packet), LinkType.ETHERNET, 1514);
        assertEquals(1460, headers.statedPayloadLength());
    }

    @Test
    void aHeaderThatContradictsItselfIsNone() {
        assertFalse(ethernet("0800" + UDP4.replace("4500 0020", "4500 0013")).isIp(), "shorter than its header");
        assertFalse(ethernet("0800" + UDP4.replace("4500 0020", "4400 0020")).isIp(), "a header of 16 bytes");
        assertFalse(ethernet("0800" + UDP4.replace("4500 0020", "5500 0020")).isIp(), "version 5");
        assertFalse(ethernet("86dd" + UDP4).isIp(), "version 4 announced as 6");
        assertEquals(0x86dd, headers.etherType());
        assertEquals("ethertype 0x86dd", headers.toString());
    }

    @Test
    void portsOfZeroArePorts() {
        ethernet("0800" + UDP4.replace(PORTS, "0000 0000 "));
        assertTrue(headers.hasPorts());
    }

    @Test
    void aUdpLengthOfZeroTakesWhatIpHolds() {
        ethernet("0800" + UDP4.replace("000c", "0000"));
        assertEquals(4, headers.payloadLength());
        assertEquals(-1, headers.statedPayloadLength());
    }

    @Test
    void nothingIsLeftOfThePacketBefore() {
        ethernet("8100 0005 0800" + UDP4);
        decode(LinkType.RAW, "");
        Headers fresh = new Headers();
        assertEquals(fresh.key(), headers.key());
        assertEquals(fresh.vlanCount(), headers.vlanCount());
        assertEquals(fresh.hasPorts(), headers.hasPorts());
        assertEquals(fresh.statedPayloadLength(), headers.statedPayloadLength());
        assertEquals(fresh.transportOffset(), headers.transportOffset());
        assertEquals(fresh.etherType(), headers.etherType());
    }
}
