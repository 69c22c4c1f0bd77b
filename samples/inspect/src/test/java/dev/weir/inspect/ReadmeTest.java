package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Pipeline;
import dev.weir.testkit.MemoryCapture;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows compiles and runs as it stands there. */
class ReadmeTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final String DEMO = "pcap:" + ROOT.resolve("samples/inspect/src/main/captures/demo.pcapng");
    private static final Pattern BLOCK = Pattern.compile("(?sm)^( *)```java\n(.*?)^ *```");
    private static final Pattern CLASS = Pattern.compile("class (\\w+)");

    private final Map<String, String> sources = new HashMap<>();
    private final PrintStream standardOutput = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    @BeforeEach
    void read() throws IOException {
        Matcher blocks = BLOCK.matcher(Files.readString(ROOT.resolve("README.md")));
        while (blocks.find()) {
            String source = blocks.group(2).replaceAll("(?m)^" + blocks.group(1), "");
            Matcher name = CLASS.matcher(source);
            assertTrue(name.find(), source);
            sources.put(name.group(1), source);
        }
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() {
        System.setOut(standardOutput);
    }

    @Test
    void thePipelineRuns() throws Exception {
        compile("Watch", Pipeline.class);
        main("Watch");
        assertEquals("65 of 472 packets dropped\n", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void thePlugInNeedsTheApiAloneAndIsFound() throws Exception {
        compile("NoTelnet", Pipeline.class);
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve("dev.weir.ClassifierProvider"), "example.NoTelnet\n");
        compile("UsePlugin", Pipeline.class);
        main("UsePlugin");
        assertEquals("22 dropped by no-telnet: port 53\n", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void theClassifiersThatComeWithWeirBlock() throws Exception {
        compile("BlockNames", Pipeline.class);
        main("BlockNames");
        assertEquals(
                Set.of(
                        "4 dropped by dns: domain mozilla.org",
                        "2 dropped by dns: pattern pagead.*\\.com",
                        "33 dropped by tls: domain google.com"),
                printed.toString(StandardCharsets.UTF_8).lines().collect(Collectors.toSet()));
    }

    @Test
    void theFilterInTheKernelCompiles() throws Exception { // running it takes an interface and root
        compile("BlockInKernel", Pipeline.class);
    }

    @Test
    void theUnitTestPasses() throws Exception {
        compile("NoTelnetTest", Pipeline.class, MemoryCapture.class, Test.class);
        try (URLClassLoader loader = loader()) {
            Class<?> test = loader.loadClass("NoTelnetTest");
            Constructor<?> constructor = test.getDeclaredConstructor();
            Method method = test.getDeclaredMethod("dropsTelnet");
            constructor.setAccessible(true);
            method.setAccessible(true);
            method.invoke(constructor.newInstance());
        }
    }

    private void compile(String name, Class<?>... libraries) throws IOException {
        assertNotNull(sources.get(name), "the README has no class " + name);
        Path source = Files.writeString(directory.resolve(name + ".java"), sources.get(name));
        String classPath = Stream.of(libraries)
                .map(type ->
                        type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .collect(Collectors.joining(File.pathSeparator));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = ToolProvider.getSystemJavaCompiler()
                .run(
                        null,
                        said,
                        said,
                        "--release",
                        "17",
                        "-proc:none",
                        "-cp",
                        classPath,
                        "-d",
                        directory.toString(),
                        source.toString());
        assertEquals(0, code, () -> said.toString(StandardCharsets.UTF_8));
    }

    private void main(String name) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = loader()) {
            thread.setContextClassLoader(loader);
            Method main = loader.loadClass(name).getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) new String[] {DEMO});
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private URLClassLoader loader() throws IOException {
        return new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader());
    }
}
