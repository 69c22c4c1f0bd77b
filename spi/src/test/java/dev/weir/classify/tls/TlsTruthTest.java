package dev.weir.classify.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Flow;
import dev.weir.Pipeline;
import dev.weir.WeirException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares the handshakes of every capture with what tshark (names, ALPN, JA3, JA3S) and the authors of JA4 read in them.
 * Where Weir reads something else for a good reason, {@code tls-differences.tsv} says so; any other difference fails, and
 * so does an entry that is not needed. A handshake over TCP that is in no table fails as well.
 *
 * <p>The captures are those that the environment variable {@code WEIR_CAPTURES} points to, else a part of them that is
 * kept with the tests.
 */
class TlsTruthTest {
    private static final String BLANK = "";

    private final List<String[]> listed = new ArrayList<>();
    private final Set<String[]> used = new HashSet<>();
    private final List<String> unlisted = new ArrayList<>();
    private int quicClients;

    /** What Weir reads in one capture, in the columns of the tables. */
    private static final class Found {
        final List<String> clients = new ArrayList<>();
        final List<String> servers = new ArrayList<>();
        final List<String> ja4 = new ArrayList<>();
        final List<String> quic = new ArrayList<>();

        void add(TlsHandshake handshake, Flow flow) {
            boolean forward = handshake.clientDirection() == dev.weir.Direction.FORWARD;
            int clientPort = forward ? flow.key().sourcePort() : flow.key().destinationPort();
            int serverPort = forward ? flow.key().destinationPort() : flow.key().sourcePort();
            TlsClient client = handshake.client();
            if (client != null && handshake.isQuic()) {
                quic.add(client.serverName() + "\t" + client.ja4());
            } else if (client != null) {
                clients.add(String.join(
                        "\t",
                        Integer.toString(clientPort),
                        client.serverName(),
                        String.join("|", client.alpn()),
                        client.ja3Hash(),
                        client.ja3()));
                ja4.add(clientPort + "\t" + client.serverName() + "\t" + client.ja4());
            }
            if (handshake.server() != null && !handshake.isQuic()) {
                servers.add(serverPort + "\t" + handshake.server().ja3sHash());
            }
        }
    }

    @Test
    void everyHelloIsReadAsOthersReadItOrTheDifferenceIsExplained() throws Exception {
        Path folder = captures();
        for (String line : lines(
                Path.of(TlsTruthTest.class.getResource("tls-differences.tsv").toURI()))) {
            String[] difference = line.split("\t", -1);
            assertEquals(4, difference.length, "table, capture, port, reason: " + line);
            assertTrue(difference[3].length() > 20, "a reason: " + line);
            listed.add(difference);
        }
        Map<String, Found> found = new TreeMap<>();
        for (String capture : files(folder)) {
            found.put(capture, read(folder.resolve(capture)));
        }
        int clients = compare("tls", folder, new int[] {6, 8, 9, 10, 11}, found);
        int servers = compare("tls_server", folder, new int[] {6, 8}, found);
        int fingerprints = compare("ja4", folder, new int[] {2, 5, 6}, found);
        int quic = compareQuic(found);
        System.out.printf(
                "hellos compared: %d captures; %d clients and %d servers with tshark, %d JA4 with its authors', %d of QUIC"
                        + " with their publishers'; %d rows differ for a listed reason, %d otherwise; %d QUIC clients read%n",
                found.size(), clients, servers, fingerprints, quic, used.size(), unlisted.size(), quicClients);
        listed.stream()
                .filter(entry -> found.containsKey(entry[1]) && !used.contains(entry))
                .forEach(entry -> unlisted.add("listed without need: " + String.join(" ", entry)));
        assertEquals("", String.join("\n", unlisted));
        assertTrue(
                clients > 80 && servers > 15 && fingerprints > 60 && quicClients > 20, "there was enough to compare");
    }

    /** Returns how many rows agree. */
    private int compare(String table, Path folder, int[] columns, Map<String, Found> found) throws IOException {
        Map<String, List<String>> truth = new HashMap<>();
        for (String[] row : table(folder, table)) {
            List<String> fields = new ArrayList<>();
            for (int column : columns) {
                fields.add(row[column]);
            }
            truth.computeIfAbsent(row[0], capture -> new ArrayList<>()).add(String.join("\t", fields));
        }
        int agreed = 0;
        for (Map.Entry<String, Found> capture : found.entrySet()) {
            Found ours = capture.getValue();
            List<String> extra = new ArrayList<>(
                    switch (table) {
                        case "tls" -> ours.clients;
                        case "tls_server" -> ours.servers;
                        default -> ours.ja4;
                    });
            List<String> rows = truth.getOrDefault(capture.getKey(), List.of());
            for (String row : rows) {
                if (extra.remove(row)) {
                    agreed++;
                } else {
                    differ(table, capture.getKey(), row, "is not found");
                }
            }
            if (!table.equals("ja4") || !rows.isEmpty()) { // the authors' programme was given a part of the captures
                extra.forEach(row -> differ(table, capture.getKey(), row, "is in no table"));
            }
        }
        return agreed;
    }

    private int compareQuic(Map<String, Found> found) throws Exception {
        int agreed = 0;
        found.values().forEach(capture -> quicClients += capture.quic.size());
        for (String[] row : table(resources(), "quic")) {
            Found ours = found.get(row[0]);
            boolean agrees = ours == null
                    || ours.quic.stream()
                            .map(client -> client.split("\t", -1))
                            .anyMatch(client ->
                                    client[0].equals(row[1]) && (row[2].equals(BLANK) || client[1].equals(row[2])));
            agreed += agrees ? 1 : 0;
            if (!agrees) {
                differ("quic", row[0], String.join("\t", row), "is not found");
            }
        }
        return agreed;
    }

    private void differ(String table, String capture, String row, String what) {
        String port = row.split("\t", 2)[0];
        for (String[] entry : listed) {
            if (entry[0].equals(table) && entry[1].equals(capture) && (entry[2].equals("*") || entry[2].equals(port))) {
                used.add(entry);
                return;
            }
        }
        unlisted.add(table + " " + capture + " " + what + ": " + row);
    }

    private static Found read(Path file) {
        Found found = new Found();
        String name = file.toString().replace("%", "%25").replace("?", "%3f");
        try (Pipeline pipeline = Pipeline.from("pcap:" + name)
                .advisory()
                .classify(TlsClassifier.builder().listener(found::add).build())
                .open()) {
            pipeline.run();
        } catch (WeirException e) {
            // A file that is damaged on purpose: what is before the damage counts.
        }
        return found;
    }

    private static List<String[]> table(Path folder, String name) throws IOException {
        Path truth = folder.resolve("truth");
        Path file = (Files.exists(truth.resolve(name + ".tsv")) ? truth : folder).resolve(name + ".tsv");
        return lines(file).stream()
                .filter(line -> !line.startsWith("capture\t"))
                .map(line -> line.split("\t", -1))
                .toList();
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(name -> name.matches(".*\\.p?cap(ng)?"))
                    .sorted()
                    .toList();
        }
    }

    private static Path resources() throws URISyntaxException {
        return Path.of(TlsTruthTest.class.getResource("/captures").toURI());
    }

    private static Path captures() throws URISyntaxException {
        String folder = System.getenv("WEIR_CAPTURES");
        return folder != null && !folder.isEmpty() ? Path.of(folder) : resources();
    }
}
