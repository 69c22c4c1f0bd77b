package dev.weir.testkit.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * Packets that other programs made, built again: byte for byte the same, checksums included. They stand in the test
 * captures of OISF/suricata-verify, FoxIO-LLC/ja4 and the-tcpdump-group/tcpdump; tcpdump calls their checksums correct.
 */
class CapturedPacketsTest {
    private static void assertSame(String captured, PacketBuilder built) {
        assertEquals(captured.replaceAll("\\s", ""), HexFormat.of().formatHex(built.build()));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }

    @Test
    void aSynOfLinux() {
        assertSame(
                """
                0004 76d3 d86a 0024 e829 fa4f 0800 4500 003c d79c 4000 4006 edb4 c0a8 0203 d155
                e169 9bbb 0050 6652 07c1 0000 0000 a002 16d0 e0c1 0000 0204 05b4 0402 080a 0087
                d05d 0000 0000 0103 0307""",
                PacketBuilder.ethernet("00:24:e8:29:fa:4f", "00:04:76:d3:d8:6a")
                        .ipv4("192.168.2.3", "209.85.225.105")
                        .identification(55196)
                        .dontFragment()
                        .tcp(39867, 80)
                        .syn()
                        .sequence(1716651969)
                        .window(5840)
                        .mss(1460)
                        .sackPermitted()
                        .timestamps(8900701, 0)
                        .nop()
                        .windowScale(7));
    }

    @Test
    void aDnsQuestionWithoutLinkHeader() {
        assertSame(
                """
                4500 0039 0001 0000 4011 5f89 0a10 010b 0808 0808 0035 0035 0025 14a2 0000 0100
                0001 0000 0000 0000 0765 7861 6d70 6c65 0363 6f6d 0000 0100 01""",
                PacketBuilder.rawIp()
                        .ipv4("10.16.1.11", "8.8.8.8")
                        .identification(1)
                        .udp(53, 53)
                        .payload(bytes("0000 0100 0001 0000 0000 0000 0765 7861 6d70 6c65 0363 6f6d 0000 0100 01")));
    }

    @Test
    void aDhcpv6Solicitation() {
        String message =
                """
                0110 0874 0001 000e 0001 0001 1c39 cf88 0800 27fe 8f95 0006 0004 0017 0018 0008 0002
                0000 0019 000c 27fe 8f95 0000 0e10 0000 1518""";
        assertSame(
                """
                3333 0001 0002 0800 27fe 8f95 86dd 6000 0000 003c 1101 fe80 0000 0000 0000 0a00
                27ff fefe 8f95 ff02 0000 0000 0000 0000 0000 0001 0002 0222 0223 003c ad08
                """
                        + message,
                PacketBuilder.ethernet("08:00:27:fe:8f:95", "33:33:00:01:00:02")
                        .ipv6("fe80::a00:27ff:fefe:8f95", "ff02::1:2")
                        .ttl(1)
                        .udp(546, 547)
                        .payload(bytes(message)));
    }

    @Test
    void anEchoRequestOfIpv6() {
        assertSame(
                """
                6000 0000 0008 3a40 2001 0db8 0000 0000 0000 0000 0000 0010 2001 0db8 0000 0000
                0000 0000 0000 ffff 8000 243b 0000 0000""",
                PacketBuilder.rawIp().ipv6("2001:db8::10", "2001:db8::ffff").echoRequest(0, 0));
    }

    @Test
    void anEchoRequestUnderThreeTags() {
        assertSame(
                """
                2222 2222 2222 1111 1111 1111 8100 00c8 8100 012c 8100 0190 0800 4500 001c 0001
                0000 4001 74db 0101 0101 0202 0202 0800 f7ff 0000 0000""",
                PacketBuilder.ethernet("11:11:11:11:11:11", "22:22:22:22:22:22")
                        .vlan(200)
                        .vlan(300)
                        .vlan(400)
                        .ipv4("1.1.1.1", "2.2.2.2")
                        .identification(1)
                        .echoRequest(0, 0));
    }

    @Test
    void anArpRequestUnderServiceAndCustomerTag() {
        assertSame(
                """
                ffff ffff ffff 0020 d25a fb3f 88a8 00c8 8100 07d1 0806 0001 0800 0604 0001 0020
                d25a fb3f ac15 4f61 0000 0000 0000 ac15 4f64""",
                PacketBuilder.ethernet("00:20:d2:5a:fb:3f", "ff:ff:ff:ff:ff:ff")
                        .qinq(200, 2001)
                        .arpRequest("172.21.79.97", "172.21.79.100"));
    }
}
