package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Protocols;
import dev.weir.WeirException;
import dev.weir.pcap.CaptureFileReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Compares every packet of every capture with what tshark reads in it. Where the two differ for a good reason, {@code
 * headers-differences.tsv} says so with the reason; any other difference fails, and so does an entry that is not needed.
 *
 * <p>The captures are those that the environment variable {@code WEIR_CAPTURES} points to, else a part of them that is
 * kept with the tests.
 */
class HeadersTruthTest {
    private static final String[] FIELDS = {
        "len", "src", "dst", "proto", "sport", "dport", "payload_len", "vlans", "fragment"
    };
    private static final int MAX_SHOWN = 60;

    private final List<Difference> listed = new ArrayList<>();
    private final List<String> unlisted = new ArrayList<>();
    private int captures;
    private int packets;
    private int differentPackets;

    /** A line of the list: a capture, its frames or {@code *}, a field or {@code *}, and why. */
    private static final class Difference {
        final String capture;
        final String frames;
        final String fields;
        int used;

        Difference(String line) {
            String[] parts = line.split("\t", -1);
            assertEquals(4, parts.length, "capture, frames, fields, reason: " + line);
            assertTrue(parts[3].length() > 10, "a reason: " + line);
            capture = parts[0];
            frames = parts[1];
            fields = parts[2];
        }

        boolean covers(String capture, int frame, String field) {
            return this.capture.equals(capture)
                    && (frames.equals("*") || List.of(frames.split(",")).contains(Integer.toString(frame)))
                    && (fields.equals("*") || List.of(fields.split(",")).contains(field));
        }
    }

    @Test
    void everyPacketIsReadAsTsharkReadsItOrTheDifferenceIsExplained() throws Exception {
        Path folder = captures();
        for (String line : lines(resource("headers-differences.tsv"))) {
            listed.add(new Difference(line));
        }
        Path table = Files.exists(folder.resolve("truth"))
                ? folder.resolve("truth/headers.tsv")
                : folder.resolve("headers.tsv");
        Map<String, List<String[]>> truth = new LinkedHashMap<>();
        for (String line : lines(table)) {
            String[] row = line.split("\t", -1);
            truth.computeIfAbsent(row[0], capture -> new ArrayList<>()).add(row);
        }
        truth.remove("capture");
        truth.forEach((capture, rows) -> compare(folder, capture, rows));

        List<String> stale = listed.stream()
                .filter(difference -> difference.used == 0 && truth.containsKey(difference.capture))
                .map(difference -> difference.capture + " " + difference.frames + " " + difference.fields)
                .toList();
        System.out.printf(
                "headers compared with tshark: %d captures, %d packets, %d of them differ for a listed reason, %d"
                        + " otherwise%n",
                captures, packets, differentPackets, unlisted.size());
        assertTrue(captures > 20 && packets > 500, "there is something to compare in " + folder);
        assertEquals("", String.join("\n", stale), "listed differences that are none any more");
        assertEquals(
                0,
                unlisted.size(),
                () -> "unlisted differences:\n"
                        + unlisted.stream().limit(MAX_SHOWN).collect(Collectors.joining("\n")));
    }

    private void compare(Path folder, String capture, List<String[]> rows) {
        captures++;
        packets += rows.size();
        int frame = 0;
        String end = "the file ends";
        Headers headers = new Headers();
        try (CaptureFileReader reader = CaptureFileReader.open(folder.resolve(capture))) {
            while (frame < rows.size() && reader.next()) {
                headers.decode(reader.bytes(), reader.linkType(), reader.wireLength());
                compare(capture, rows.get(frame++), row(reader, headers), headers);
            }
            if (reader.next()) {
                differ(capture, frame + 1, "frames", "tshark sees no more");
            }
        } catch (WeirException e) {
            end = e.getMessage();
        }
        if (frame < rows.size()) {
            differ(capture, frame + 1, "frames", end);
        }
    }

    private void compare(String capture, String[] row, String[] ours, Headers headers) {
        boolean different = false;
        for (int i = 0; i < FIELDS.length; i++) {
            // tshark looks for no transport in the middle of a datagram; the IP header says what it is a part of
            boolean laterFragment = FIELDS[i].equals("proto") && headers.fragmentOffset() > 0 && row[i + 2].isEmpty();
            if (!row[i + 2].equals(ours[i]) && !laterFragment) {
                different |= differ(
                        capture,
                        Integer.parseInt(row[1]),
                        FIELDS[i],
                        "\"" + ours[i] + "\", not \"" + row[i + 2] + "\"");
            }
        }
        differentPackets += different ? 1 : 0;
    }

    private boolean differ(String capture, int frame, String field, String what) {
        for (Difference difference : listed) {
            if (difference.covers(capture, frame, field)) {
                difference.used++;
                return true;
            }
        }
        unlisted.add(capture + "\t" + frame + "\t" + field + "\t" + what);
        return false;
    }

    private static String[] row(CaptureFileReader reader, Headers headers) {
        String protocol =
                switch (headers.protocol()) {
                    case Protocols.TCP -> "tcp";
                    case Protocols.UDP -> "udp";
                    case Protocols.ICMP -> "icmp";
                    case Protocols.IPV6_ICMP -> "icmpv6";
                    case Protocols.SCTP -> "sctp";
                    default -> "";
                };
        boolean ports = headers.hasPorts();
        int payload = headers.statedPayloadLength();
        return new String[] {
            Integer.toString(reader.wireLength()),
            headers.source(),
            headers.destination(),
            protocol,
            ports ? Integer.toString(headers.sourcePort()) : "",
            ports ? Integer.toString(headers.destinationPort()) : "",
            payload >= 0 ? Integer.toString(payload) : "",
            IntStream.range(0, headers.vlanCount())
                    .mapToObj(i -> Integer.toString(headers.vlan(i)))
                    .collect(Collectors.joining(",")),
            headers.isFragment() ? "1" : ""
        };
    }

    private static Path captures() throws URISyntaxException {
        String folder = System.getenv("WEIR_CAPTURES");
        return folder != null && !folder.isEmpty()
                ? Path.of(folder)
                : Path.of(HeadersTruthTest.class.getResource("/captures").toURI());
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(HeadersTruthTest.class.getResource(name).toURI());
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }
}
