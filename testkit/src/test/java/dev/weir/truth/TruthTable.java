package dev.weir.truth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What tshark reads in the frames of captures, beside what Weir does. A list says where they differ for a good reason: capture,
 * frames or {@code *}, fields or {@code *}, the reason. Any other difference fails, and so does an entry that is not needed.
 *
 * <p>The captures are those that the environment variable {@code WEIR_CAPTURES} points to where they come with such a table,
 * else the part that is kept with the tests.
 */
final class TruthTable {
    private static final Path KEPT = Path.of("../spi/src/test/resources/captures");
    private static final String FRAME = "frame";

    private final String name;
    private final Path folder;
    private final String[] fields;
    private final Map<String, Map<Integer, String[]>> rows = new LinkedHashMap<>();
    private final List<Difference> listed = new ArrayList<>();
    private final List<String> unlisted = new ArrayList<>();
    private final Set<String> captures = new TreeSet<>();
    private int compared;
    private int differing;

    private static final class Difference {
        final String[] parts;
        boolean used;

        Difference(String line) {
            parts = line.split("\t", -1);
            assertTrue(parts.length == 4 && parts[3].length() > 10, "capture, frames, fields, reason: " + line);
        }

        boolean covers(String capture, int frame, String field) {
            return parts[0].equals(capture) && has(parts[1], Integer.toString(frame)) && has(parts[2], field);
        }

        private static boolean has(String list, String wanted) {
            return list.equals("*") || List.of(list.split(",")).contains(wanted);
        }
    }

    /** @param name of the table {@code name.tsv}, and of the list {@code name-differences.tsv} beside this class */
    TruthTable(String name) {
        this.name = name;
        String given = System.getenv("WEIR_CAPTURES");
        boolean all = given != null
                && !given.isEmpty()
                && Files.exists(Path.of(given).resolve("truth").resolve(name + ".tsv"));
        folder = all ? Path.of(given) : KEPT;
        Path tables = all ? folder.resolve("truth") : folder;
        List<String> lines = lines(tables.resolve(name + ".tsv"));
        fields = lines.get(0).split("\t", -1);
        for (String line : lines.subList(1, lines.size())) {
            String[] row = line.split("\t", -1);
            rows.computeIfAbsent(row[0], capture -> new TreeMap<>()).put(Integer.parseInt(row[1]), row);
        }
        // Captures without any such row count as well: nothing is to be read there.
        List<String> headers = lines(tables.resolve("headers.tsv"));
        headers.subList(1, headers.size()).forEach(line -> captures.add(line.substring(0, line.indexOf('\t'))));
        try {
            lines(Path.of(TruthTable.class
                            .getResource(name + "-differences.tsv")
                            .toURI()))
                    .forEach(line -> listed.add(new Difference(line)));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Set<String> captures() {
        return captures;
    }

    Path file(String capture) {
        return folder.resolve(capture);
    }

    /** Compares one capture. @param ours by frame: the fields of the table behind capture and frame, in its order */
    void compare(String capture, Map<Integer, String[]> ours) {
        Map<Integer, String[]> theirs = rows.getOrDefault(capture, Map.of());
        Set<Integer> frames = new TreeSet<>(theirs.keySet());
        frames.addAll(ours.keySet());
        for (int frame : frames) {
            compared++;
            String[] their = theirs.get(frame);
            String[] our = ours.get(frame);
            boolean differs = false;
            if (their == null || our == null) {
                differs = differ(capture, frame, FRAME, our == null ? "not read" : "read as " + String.join(" ", our));
            } else {
                for (int i = 0; i < our.length; i++) {
                    if (!our[i].equals(their[i + 2])) {
                        differs |= differ(
                                capture, frame, fields[i + 2], "\"" + our[i] + "\", not \"" + their[i + 2] + "\"");
                    }
                }
            }
            differing += differs ? 1 : 0;
        }
    }

    private boolean differ(String capture, int frame, String field, String what) {
        for (Difference difference : listed) {
            if (difference.covers(capture, frame, field)) {
                difference.used = true;
                return true;
            }
        }
        unlisted.add(capture + "\t" + frame + "\t" + field + "\t" + what);
        return false;
    }

    /** Prints the counts, and fails where something is not as it should be. */
    void finish(int leastRows) {
        System.out.printf(
                "%s compared with tshark: %d captures, %d messages, %d of them differ for a listed reason, %d otherwise%n",
                name, captures.size(), compared, differing, unlisted.size());
        assertEquals("", String.join("\n", unlisted.subList(0, Math.min(60, unlisted.size()))), "unlisted differences");
        List<String> stale = listed.stream()
                .filter(difference -> !difference.used && captures.contains(difference.parts[0]))
                .map(difference -> String.join(" ", difference.parts))
                .toList();
        assertEquals("", String.join("\n", stale), "listed differences that are none any more");
        assertTrue(compared >= leastRows, compared + " messages");
    }
}
