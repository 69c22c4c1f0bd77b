package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Pipeline;
import dev.weir.WeirException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules about TLS clients, on captures whose clients others have named: tshark, the authors of JA4, the publishers. */
class RuleCaptureTest {
    /** TLS behind STARTTLS or a proxy's CONNECT, or a hello in the form of SSL 2: of these rules see nothing. */
    private static final String NOT_AT_THE_BEGINNING = ".*(starttls|bug-2769|tls-altname-zero|tls-glupteba).*";

    private static final Path CAPTURES = captures();

    private static Path captures() {
        try {
            return Path.of(RuleCaptureTest.class.getResource("/captures").toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** What a table says of the clients in one capture. */
    private static final class Clients {
        final TreeSet<String> all = new TreeSet<>();
        final TreeSet<String> first = new TreeSet<>();
        final Set<String> connections = new HashSet<>();
    }

    /**
     * Each value of a table has a rule for every capture. Whom the table names must match, by the first hello of each
     * connection: rules do not see one that answers a HelloRetryRequest. Nobody else may match, where the table names all.
     */
    @ParameterizedTest
    @CsvSource({
        "TLS_SNI, tls, 6, 8, true",
        "TLS_JA3, tls, 6, 10, true",
        "TLS_SNI, ja4, 2, 5, false",
        "TLS_JA4, ja4, 2, 6, false",
        "TLS_SNI, quic, 0, 1, false",
        "TLS_JA4, quic, 0, 2, false",
    })
    void clientsAreFoundByWhatOthersSayOfThem(
            ConditionType type, String table, int portColumn, int valueColumn, boolean namesAll) throws IOException {
        Map<String, Clients> expected = new TreeMap<>();
        TreeSet<String> values = new TreeSet<>();
        for (String line : Files.readAllLines(CAPTURES.resolve(table + ".tsv"))) {
            String[] row = line.split("\t", -1);
            if (line.startsWith("#") || row[0].equals("capture") || row[0].matches(NOT_AT_THE_BEGINNING)) {
                continue;
            }
            Clients clients = expected.computeIfAbsent(row[0], capture -> new Clients());
            boolean first = clients.connections.add(row[portColumn]);
            if (isPlain(row[valueColumn])) {
                values.add(row[valueColumn]);
                clients.all.add(row[valueColumn]);
                if (first) {
                    clients.first.add(row[valueColumn]);
                }
            }
        }
        List<String> differences = new ArrayList<>();
        int matched = 0;
        for (Map.Entry<String, Clients> capture : expected.entrySet()) {
            TreeSet<String> found = matching(type, values, CAPTURES.resolve(capture.getKey()));
            matched += found.size();
            Clients clients = capture.getValue();
            if (!found.containsAll(clients.first) || namesAll && !clients.all.containsAll(found)) {
                differences.add(capture.getKey() + ": " + found + " instead of " + clients.first);
            }
        }
        assertEquals("", String.join("\n", differences));
        System.out.println(type.text() + " by the table " + table + ": " + matched + " matched in " + expected.size()
                + " captures, of " + values.size() + " rules");
        assertTrue(matched > 0, "something was compared");
    }

    private static boolean isPlain(String value) {
        return value.matches("[a-zA-Z0-9_][a-zA-Z0-9._-]*");
    }

    /** The values that a client in a capture has. */
    private static TreeSet<String> matching(ConditionType type, TreeSet<String> values, Path capture) {
        RuleSet.Builder builder = RuleSet.builder();
        for (String value : values) {
            builder.add(Rule.named(value).when(type, value).drop());
        }
        RuleSet rules = builder.build();
        run(rules, capture);
        TreeSet<String> found = new TreeSet<>();
        rules.hits().forEach((id, hits) -> {
            if (hits > 0) {
                found.add(id);
            }
        });
        return found;
    }

    private static void run(RuleSet rules, Path capture) {
        try (Pipeline pipeline =
                Pipeline.from("pcap:" + capture).advisory().classify(rules).open()) {
            pipeline.run();
        } catch (WeirException e) {
            // A file that is damaged on purpose: what is before the damage counts.
        }
    }

    /** Exactly the packet that completes the hello is decided by the rule, and the flow with it. */
    @Test
    void aClientOfQuicIsDecidedOnceForItsFlow() {
        RuleSet rules = RuleSet.builder()
                .add(Rule.named("google")
                        .when(ConditionType.TLS_SNI, "*.google.com")
                        .drop())
                .build();
        run(rules, CAPTURES.resolve("ja4/pcap__quic-tls-handshake.pcapng"));
        assertEquals(1, rules.hits().get("google"));
    }
}
