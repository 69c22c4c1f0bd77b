package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code --json}: events of DNS and DHCP, over captures that the repository has. */
class NameEventsTest {
    private static final Path CAPTURES = Path.of("../../spi/src/test/resources/captures");

    /** The events of a type; what all events have is left out. */
    private static List<String> events(String type, String capture) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Inspect inspect = new Inspect(
                out, new PrintStream(err, true, StandardCharsets.UTF_8), Terminal.NONE, ZoneOffset.UTC, p -> {});
        assertEquals(0, inspect.execute("pcap:" + CAPTURES.resolve(capture), "--json"), err::toString);
        return out.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("\"event_type\":\"" + type + "\""))
                .map(line -> line.replaceFirst("^.*?\"proto\":\"UDP\",", "{"))
                .toList();
    }

    @Test
    void questionsAndAnswersAreEvents() {
        assertEquals(
                List.of(
                        """
                        {"dns":{"version":2,"type":"query","id":60246,"rrname":"_sip._udp.sip.voice.google.com",\
                        "rrtype":"SRV","opcode":0}}""",
                        """
                        {"dns":{"version":2,"type":"answer","id":60246,"flags":"8180","qr":true,"rd":true,"ra":true,\
                        "opcode":0,"rrname":"_sip._udp.sip.voice.google.com","rrtype":"SRV","rcode":"NOERROR","answers":[\
                        {"rrname":"_sip._udp.sip.voice.google.com","rrtype":"SRV","ttl":275,"srv":{"priority":20,\
                        "weight":1,"port":5060,"name":"sip-anycast-2.voice.google.com"}},\
                        {"rrname":"_sip._udp.sip.voice.google.com","rrtype":"SRV","ttl":275,"srv":{"priority":10,\
                        "weight":1,"port":5060,"name":"sip-anycast-1.voice.google.com"}}],\
                        "grouped":{"SRV":[\
                        {"priority":20,"weight":1,"port":5060,"name":"sip-anycast-2.voice.google.com"},\
                        {"priority":10,"weight":1,"port":5060,"name":"sip-anycast-1.voice.google.com"}]}}}"""),
                events("dns", "suricata/tests__dns__dns-udp-eve-log-srv__input.pcap"));
    }

    @Test
    void addressesAndTargetsAreGrouped() {
        List<String> events = events("dns", "suricata/pcaps__20250224-dns-additionals-with-cname.pcap");
        assertTrue(
                events.get(1)
                        .contains(
                                """
                                "answers":[{"rrname":"example.com","rrtype":"A","ttl":300,"rdata":"192.168.1.1"}],\
                                "grouped":{"A":["192.168.1.1"]}"""),
                events.get(1));
    }

    @Test
    void whoHasAuthorityIsSaid() {
        List<String> events = events("dns", "suricata/tests__dns-eve-v2-udp-nxdomain-soa__dns-udp-nxdomain-soa.pcap");
        assertTrue(
                events.get(1)
                        .endsWith(
                                """
                                "rcode":"NXDOMAIN","authorities":[{"rrname":"oisf.net","rrtype":"SOA","ttl":899,"soa":{\
                                "mname":"ns-110.awsdns-13.com","rname":"awsdns-hostmaster.amazon.com","serial":1,\
                                "refresh":7200,"retry":900,"expire":1209600,"minimum":86400}}]}}"""),
                events.get(1));
    }

    @Test
    void fingerprintsAndExchangersAreSaid() {
        String sshfp =
                events("dns", "suricata/tests__dns__dns-sshfp__dns-sshfp.pcap").get(1);
        assertTrue(
                sshfp.contains(
                        """
                        "sshfp":{"fingerprint":"19:8c:34:a9:2f:c0:b2:ab:1d:a5:2b:68:8c:2f:19:1d:2d:96:0c:09",\
                        "algo":1,"type":1}"""),
                sshfp);
        String all = String.join(
                "\n",
                events("dns", "suricata/tests__dns__dns-udp-eve-log-answer-only__dns-udp-google.com-a-aaaa-mx.pcap"));
        assertTrue(all.contains("\"rdata\":\"aspmx.l.google.com\""), all);
    }

    @Test
    void conversationsOfDhcpAreEvents() {
        List<String> events = events("dhcp", "ja4/pcap__dhcp.pcapng");
        assertEquals(4, events.size());
        assertEquals(
                """
                {"dhcp":{"type":"request","id":15646,"client_mac":"00:0b:82:01:fc:42","assigned_ip":"0.0.0.0",\
                "client_ip":"0.0.0.0","client_id":"01:00:0b:82:01:fc:42","dhcp_type":"request",\
                "requested_ip":"192.168.0.10","params":["subnet_mask","router","dns_server","ntp_server"]}}""",
                events.get(2));
        assertEquals(
                """
                {"dhcp":{"type":"reply","id":15646,"client_mac":"00:0b:82:01:fc:42","assigned_ip":"192.168.0.10",\
                "client_ip":"0.0.0.0","relay_ip":"0.0.0.0","next_server_ip":"0.0.0.0","dhcp_type":"ack",\
                "lease_time":3600,"renewal_time":1800,"rebinding_time":3150,"subnet_mask":"255.255.255.0"}}""",
                events.get(3));
    }

    @Test
    void thoseOfIpv6SaySo() {
        List<String> events = events("dhcp", "tcpdump/tests__dhcpv4v6-rfc5970-rfc8572.pcap");
        assertEquals(
                """
                {"dhcp":{"version":6,"type":"reply","id":6265062,"dhcp_type":"reply",\
                "client_id":"00:01:00:01:29:d0:81:93:00:00:01:01:00:00",\
                "server_id":"00:01:00:01:29:d0:81:9c:ce:0d:b4:8a:33:84","assigned_ip":"1234:5678::4",\
                "leases":[{"ip":"1234:5678::4","prefix_length":128,"lease_time":28800}]}}""",
                events.get(4));
    }
}
