package dev.weir.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Who may use what among the modules that are built after this one, by the names that stand in their sources: the
 * backends do not know each other, and samples stay out of what is behind the API.
 */
class SourceRoomsTest {
    private static final Path ROOT =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);
    private static final Pattern PLUMBING = Pattern.compile("\\bdev\\.weir\\.linux\\b");
    private static final Pattern ENGINE = Pattern.compile("\\bdev\\.weir\\.engine\\b");
    private static final Pattern JNA = Pattern.compile("\\bcom\\.sun\\.jna\\b");

    private static Map<Path, String> sources(Path module) throws IOException {
        Map<Path, String> sources = new TreeMap<>();
        Path main = module.resolve("src/main/java");
        if (Files.isDirectory(main)) {
            try (Stream<Path> files = Files.walk(main)) {
                for (Path file :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    sources.put(
                            ROOT.relativize(file),
                            COMMENT.matcher(Files.readString(file)).replaceAll(" "));
                }
            }
        }
        return sources;
    }

    private static List<Path> modules(Path parent, String prefix) throws IOException {
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(child -> Files.isRegularFile(child.resolve("pom.xml"))
                            && child.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }

    private static List<Path> using(Map<Path, String> sources, Pattern pattern) {
        List<Path> found = new ArrayList<>();
        sources.forEach((file, text) -> {
            if (pattern.matcher(text).find()) {
                found.add(file);
            }
        });
        return found;
    }

    @Test
    void theSourcesWereSeen() throws IOException {
        assertTrue(sources(ROOT.resolve("api")).size() > 30);
        assertTrue(sources(ROOT.resolve("impl-afpacket")).size() > 5);
        assertTrue(modules(ROOT.resolve("samples"), "").size() >= 2, "samples");
        assertTrue(
                using(sources(ROOT.resolve("impl-afpacket")), PLUMBING).size() > 1, "a backend's use of it is visible");
    }

    @Test
    void backendsDoNotKnowEachOther() throws IOException {
        List<String> names = new ArrayList<>();
        for (Path module : modules(ROOT, "impl-")) {
            names.add(module.getFileName().toString().substring("impl-".length()));
        }
        for (String name : names) {
            for (String other : names) {
                if (!other.equals(name)) {
                    Pattern package_ = Pattern.compile("\\bdev\\.weir\\." + other + "\\b");
                    assertEquals(List.of(), using(sources(ROOT.resolve("impl-" + name)), package_), name);
                }
            }
        }
    }

    @Test
    void backendsLeaveTheEngineAndJnaAlone() throws IOException {
        for (Path module : modules(ROOT, "impl-")) {
            assertEquals(List.of(), using(sources(module), ENGINE));
            assertEquals(List.of(), using(sources(module), JNA));
        }
    }

    @Test
    void samplesAreApplications() throws IOException {
        for (Path module : modules(ROOT.resolve("samples"), "")) {
            Map<Path, String> sources = sources(module);
            assertEquals(List.of(), using(sources, ENGINE));
            if (!module.endsWith("fuzz")) { // it feeds the parsers of every room
                assertEquals(List.of(), using(sources, PLUMBING));
            }
        }
    }
}
