package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The compiled programs that lie beside their sources are what the pinned compiler makes of these sources. */
class BpfObjectsTest {
    private static final Path MODULE =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    private static final Path SOURCES = MODULE.resolve("src/main/bpf");
    private static final Path TEST_SOURCES = MODULE.resolve("src/test/bpf");
    private static final Path REBUILT = MODULE.resolve("target/bpf");

    private static List<Path> files(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .map(Path::getFileName)
                    .sorted()
                    .toList();
        }
    }

    @Test
    void everySourceHasItsObject() throws IOException {
        List<String> expected = files(SOURCES, ".bpf.c").stream()
                .map(file -> file.toString().replaceAll("\\.c$", ".o"))
                .toList();
        assertTrue(expected.contains("xdp.bpf.o"), expected::toString);
        assertEquals(expected, files(SOURCES, ".o").stream().map(Path::toString).toList());
    }

    @Test
    void theObjectsAreMadeOfTheseSources() throws IOException, InterruptedException {
        for (String tool : List.of("clang-14", "llvm-strip-14")) {
            assumeTrue(isInstalled(tool), tool + " is not installed");
        }
        assumeTrue(Files.exists(Path.of("/usr/include/bpf/bpf_helpers.h")), "libbpf-dev is not installed");
        Path log = Files.createDirectories(REBUILT).resolve("build.log");
        Process build = new ProcessBuilder(SOURCES.resolve("build.sh").toString(), REBUILT.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertTrue(build.waitFor(60, TimeUnit.SECONDS), "the compiler ends");
        assertEquals(0, build.exitValue(), () -> read(log));
        for (Path folder : List.of(SOURCES, TEST_SOURCES)) {
            for (Path object : files(folder, ".o")) {
                assertArrayEquals(
                        Files.readAllBytes(REBUILT.resolve(object)),
                        Files.readAllBytes(folder.resolve(object)),
                        object + " is not what its source gives: run impl-xdp/src/main/bpf/build.sh and commit it");
            }
        }
    }

    private static boolean isInstalled(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
