package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the whole program says of TLS and QUIC in captures. */
class TlsEventsTest {
    private static final String CAPTURES = "pcap:../../spi/src/test/resources/captures/";

    @Test
    void printsAHandshakeAsItHappensInTheNamesOfSuricataAndThenTheFlow() {
        List<String> lines =
                inspect("suricata/tests__ja4-tls__input.pcap", "--json").lines().toList();
        assertEquals(2, lines.size());
        assertEquals(
                """
                {"timestamp":"2015-03-06T19:12:22.423324+0000","flow_id":F,"event_type":"tls","src_ip":"192.168.56.1",\
                "src_port":49365,"dest_ip":"192.168.56.101","dest_port":443,"proto":"TCP","tls":{"version":"TLS 1.2",\
                "ja3":{"hash":"308b0bd904abbef5e0034a1ff7a78920","string":"771,49195-49199-158-49162-49161-49171-49172-49159\
                -49169-51-50-57-156-47-53-10-5-4,65281-10-11-35-13172-16-30032-5-18-13,23-24-25,0"},\
                "ja3s":{"hash":"ccc514751b175866924439bdbb5bba34","string":"771,49199,65281-11-35"},\
                "ja4":"t12i1810s1_27d4652c4487_06a4338d0495","client_alpns":["spdy/3.1","http/1.1"]}}""",
                lines.get(0).replaceFirst("\"flow_id\":\\d+", "\"flow_id\":F"));
        assertTrue(lines.get(1).contains("\"event_type\":\"flow\""), lines.get(1));
        assertTrue(lines.get(1).contains("\"proto\":\"TCP\",\"app_proto\":\"tls\",\"flow\":{"), lines.get(1));
    }

    @Test
    void printsAHandshakeWithinQuicAsItsOwnType() {
        String event = inspect("suricata/tests__quic-frag-unordered__input.pcap", "--json")
                .lines()
                .findFirst()
                .orElse("");
        assertTrue(event.contains("\"event_type\":\"quic\""), event);
        assertTrue(
                event.contains("\"quic\":{\"sni\":\"mastodon.social\",\"version\":\"1\",\"ja3\":{\"hash\":\""), event);
        assertTrue(event.contains("\"ja4\":\"q13d0311h3_55b375c5d22e_5a1f323ef56d\""), event);
    }

    @Test
    void namesTheApplicationTheServerAndTheFingerprintInTheTable() {
        String table = inspect("ja4/pcap__tls-alpn-h2.pcap");
        assertTrue(table.startsWith("Proto  App"), table);
        assertTrue(table.contains("www.cloudflare.com"), table);
        assertTrue(table.contains("t12d4605h2_85626a9a5f7f_aaf95bb78ec9"), table);
    }

    @Test
    void printsPacketsAndNothingElseWhenAskedForPackets() {
        String lines = inspect("suricata/tests__ja4-tls__input.pcap", "--packets", "--json");
        assertTrue(lines.lines().allMatch(line -> line.contains("\"event_type\":\"packet\"")), lines);
    }

    private static String inspect(String capture, String... options) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        Inspect inspect = new Inspect(out, errors, Terminal.NONE, ZoneOffset.UTC, pipeline -> {});
        String[] arguments = new String[options.length + 1];
        arguments[0] = CAPTURES + capture;
        System.arraycopy(options, 0, arguments, 1, options.length);
        assertEquals(0, inspect.execute(arguments), () -> err.toString(StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }
}
