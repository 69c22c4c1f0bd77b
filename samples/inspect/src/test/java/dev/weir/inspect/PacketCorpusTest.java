package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code --packets --json} from the command line on, over the captures that the repository has, beside what tshark reads. */
class PacketCorpusTest {
    private static final Path TESTS = Path.of("../../spi/src/test/resources");
    private static final Map<String, String> PROTOCOLS =
            Map.of("tcp", "TCP", "udp", "UDP", "icmp", "ICMP", "icmpv6", "IPv6-ICMP", "sctp", "SCTP");
    private static final JsonFactory JSON = new JsonFactory();

    private int packets;

    @Test
    void everyPacketSaysWhatTsharkReads() throws IOException {
        // Where the header decoder differs for a good reason is that decoder's test to know.
        Set<String> differing = rows(TESTS.resolve("dev/weir/packet/headers-differences.tsv")).stream()
                .map(row -> row[0])
                .collect(Collectors.toSet());
        Map<String, List<String[]>> truth = new LinkedHashMap<>();
        for (String[] row : rows(TESTS.resolve("captures/headers.tsv"))) {
            truth.computeIfAbsent(row[0], capture -> new ArrayList<>()).add(row);
        }
        truth.remove("capture");
        truth.keySet().removeAll(differing);
        List<String> differences = new ArrayList<>();
        for (Map.Entry<String, List<String[]>> capture : truth.entrySet()) {
            compare(capture.getKey(), capture.getValue(), differences);
        }
        assertEquals("", String.join("\n", differences));
        assertTrue(packets > 800, packets + " packets compared");
    }

    private void compare(String capture, List<String[]> rows, List<String> differences) throws IOException {
        List<String> lines = inspect(TESTS.resolve("captures").resolve(capture));
        if (lines.size() != rows.size()) {
            differences.add(capture + ": " + lines.size() + " packets, not " + rows.size());
            return;
        }
        for (int i = 0; i < lines.size(); i++) {
            Map<String, String> fields = fields(lines.get(i));
            String[] row = rows.get(i);
            Map<String, String> expected = new LinkedHashMap<>();
            expected.put("event_type", "packet");
            expected.put("pcap_cnt", row[1]);
            expected.put("len", row[2]);
            expected.put("src_ip", row[3]);
            expected.put("dest_ip", row[4]);
            if (!row[5].isEmpty()) {
                expected.put("proto", PROTOCOLS.get(row[5]));
            }
            expected.put("src_port", row[6]);
            expected.put("dest_port", row[7]);
            if (!row[8].isEmpty()) {
                expected.put("payload_len", row[8]);
            }
            expected.put("vlan", row[9].replace('|', ','));
            expected.put("fragment", row[10].replace("1", "true"));
            for (Map.Entry<String, String> field : expected.entrySet()) {
                String found = fields.getOrDefault(field.getKey(), "");
                if (!found.equals(field.getValue())) {
                    differences.add(capture + " " + row[1] + " " + field.getKey() + ": \"" + found + "\", not \""
                            + field.getValue() + "\"");
                }
            }
            packets++;
        }
    }

    private static List<String> inspect(Path file) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Inspect inspect = new Inspect(
                out, new PrintStream(err, true, StandardCharsets.UTF_8), Terminal.NONE, ZoneOffset.UTC, p -> {});
        String name = file.toString().replace("%", "%25").replace("?", "%3f");
        inspect.execute("pcap:" + name, "--packets", "--json");
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** The fields of one object; a list is joined by commas, an object within it is left out. */
    private static Map<String, String> fields(String line) throws IOException {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = JSON.createParser(line)) {
            assertEquals(JsonToken.START_OBJECT, parser.nextToken());
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (token == JsonToken.START_OBJECT) {
                    parser.skipChildren();
                } else if (token == JsonToken.START_ARRAY) {
                    List<String> values = new ArrayList<>();
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        values.add(parser.getText());
                    }
                    fields.put(name, String.join(",", values));
                } else {
                    fields.put(name, parser.getText());
                }
            }
            assertEquals(null, parser.nextToken(), "one object a line");
        }
        return fields;
    }

    private static List<String[]> rows(Path table) throws IOException {
        return Files.readAllLines(table).stream()
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> line.split("\t", -1))
                .toList();
    }
}
