package dev.weir.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.OptionSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final String HEAD = "| option | allowed | standard | what it does |";

    private static String row(OptionSpec spec) {
        return "| `%s` | %s | %s | %s |".formatted(spec.name(), spec.allowed(), spec.standard(), spec.help());
    }

    @Test
    void theTableOfOptionsIsWhatTheProviderSays() throws IOException {
        List<String> lines = Files.readAllLines(README);
        int first = lines.indexOf(HEAD) + 2;
        List<String> table =
                lines.subList(first, first + lines.subList(first, lines.size()).indexOf(""));
        assertEquals(
                String.join("\n", Settings.specs().stream().map(ReadmeTest::row).toList()), String.join("\n", table));
    }
}
