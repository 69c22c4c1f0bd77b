package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Commands that run a class of the tests where something is missing: {@code src/test/c/old_kernel.c} says what. */
public final class OldKernel {
    private static final Path MODULE =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath();
    private static final Path SOURCE = MODULE.resolve("src/test/c/old_kernel.c");
    private static final Path LIBRARY = MODULE.resolve("target/old_kernel.so");

    private OldKernel() {}

    /** @param lacks words of the library, joined by commas */
    public static String[] java(String lacks, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "LD_PRELOAD=" + library(),
                "OLD_KERNEL=" + lacks,
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    private static synchronized Path library() {
        String compiler = Stream.of("cc", "gcc", "clang-14")
                .filter(OldKernel::isInstalled)
                .findFirst()
                .orElse("");
        assumeTrue(!compiler.isEmpty(), "no C compiler is installed");
        try {
            Files.createDirectories(LIBRARY.getParent());
            Process build = new ProcessBuilder(
                            compiler,
                            "-shared",
                            "-fPIC",
                            "-Wall",
                            "-Wextra",
                            "-Werror",
                            "-o",
                            LIBRARY.toString(),
                            SOURCE.toString(),
                            "-ldl")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(build.getInputStream().readAllBytes());
            assertTrue(build.waitFor(30, TimeUnit.SECONDS), "the compiler ends");
            assertEquals(0, build.exitValue(), said);
            return LIBRARY;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isInstalled(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }
}
