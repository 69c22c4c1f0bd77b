package dev.weir.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ClassifierProvider;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.spi.CaptureQueue;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Engine, backends and plug-ins are found where an application has them: on the module path, on the class path, and in
 * a class loader that it names. The plug-in is compiled here, against the API alone, into a jar of its own.
 */
class DiscoveryTest {
    private static final String PLUGIN_MODULE =
            """
            module example.plugin {
                requires dev.weir.api;
                provides dev.weir.ClassifierProvider with example.plugin.BlockPortProvider;
            }
            """;
    private static final String PLUGIN =
            """
            package example.plugin;

            import dev.weir.Classifier;
            import dev.weir.ClassifierProvider;
            import dev.weir.OptionSpec;
            import dev.weir.Verdict;
            import java.util.List;
            import java.util.Map;

            public final class BlockPortProvider implements ClassifierProvider {
                @Override
                public String name() {
                    return "block-port";
                }

                @Override
                public String description() {
                    return "drops what goes to one port";
                }

                @Override
                public List<OptionSpec> options() {
                    return List.of(new OptionSpec("port", "0 to 65535", "23", "which port"));
                }

                @Override
                public Classifier create(Map<String, String> options) {
                    int port = Integer.parseInt(options.getOrDefault("port", "23"));
                    Verdict drop = Verdict.DROP.because("block-port", "port " + port);
                    return (packet, flow) ->
                            packet.headers().destinationPort() == port ? drop : Verdict.CONTINUE;
                }
            }
            """;
    private static final String APPLICATION_MODULE =
            """
            module example.app {
                requires dev.weir.testkit;
            }
            """;
    private static final String APPLICATION =
            """
            package example.app;

            import dev.weir.Pipeline;
            import dev.weir.Verdict;
            import dev.weir.testkit.MemoryCapture;
            import dev.weir.testkit.packet.PacketBuilder;
            import java.time.Duration;
            import java.util.Map;

            public final class Main {
                public static void main(String[] args) {
                    try (MemoryCapture memory = MemoryCapture.create();
                            Pipeline pipeline = Pipeline.from(memory.name())
                                    .classify("block-port", Map.of("port", "8023"))
                                    .open()) {
                        pipeline.start();
                        for (int port : new int[] {80, 8023}) {
                            Verdict verdict = memory.inject(PacketBuilder.ethernet()
                                            .ipv4("10.0.0.1", "10.0.0.2").tcp(4711, port).syn())
                                    .await(Duration.ofSeconds(20));
                            System.out.println(port + " " + verdict.kind() + " " + verdict.reason());
                        }
                        System.out.println("module " + Main.class.getModule().getName());
                    }
                }
            }
            """;
    private static final String LONELY =
            """
            package example.lonely;

            public final class Main {
                public static void main(String[] args) {
                    try {
                        dev.weir.Pipeline.from("pcap:trace.pcap").open();
                    } catch (dev.weir.WeirException e) {
                        System.out.println("refused: " + e.getMessage());
                    }
                }
            }
            """;

    private static final Path API = roomOf(Pipeline.class);
    private static final List<Path> LIBRARY = List.of(
            API,
            roomOf(CaptureQueue.class),
            roomOf(MemoryCapture.class),
            roomOf(com.sun.jna.Native.class),
            roomOf(org.jctools.queues.MessagePassingQueue.class),
            roomOf(org.jctools.queues.varhandle.SpscVarHandleArrayQueue.class),
            roomOf(org.slf4j.Logger.class));

    @TempDir
    static Path directory;

    private static Path plugin;
    private static Path application;

    @BeforeAll
    static void compile() throws IOException {
        plugin = ExampleJars.jar(
                directory,
                "plugin",
                Map.of("module-info", PLUGIN_MODULE, "example.plugin.BlockPortProvider", PLUGIN),
                Map.of(ClassifierProvider.class.getName(), "example.plugin.BlockPortProvider"),
                List.of(API));
        application = ExampleJars.jar(
                directory,
                "application",
                Map.of("module-info", APPLICATION_MODULE, "example.app.Main", APPLICATION),
                Map.of(),
                LIBRARY);
    }

    private static Path roomOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> with(List<Path> some, Path... more) {
        List<Path> all = new ArrayList<>(some);
        all.addAll(List.of(more));
        return all;
    }

    private static String java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends");
        return output;
    }

    @Test
    void onTheModulePathEverythingIsFound() throws Exception {
        String output = java(
                "--module-path",
                ExampleJars.path(with(LIBRARY, plugin, application)),
                "-m",
                "example.app/example.app.Main");

        assertTrue(output.contains("80 ACCEPT -\n"), output);
        assertTrue(output.contains("8023 DROP block-port: port 8023\n"), output);
        assertTrue(output.contains("module example.app\n"), output);
    }

    @Test
    void onTheClassPathEverythingIsFound() throws Exception {
        String output = java("-cp", ExampleJars.path(with(LIBRARY, plugin, application)), "example.app.Main");

        assertTrue(output.contains("80 ACCEPT -\n"), output);
        assertTrue(output.contains("8023 DROP block-port: port 8023\n"), output);
        assertTrue(output.contains("module null\n"), output);
    }

    @Test
    void withoutTheEngineTheErrorNamesTheArtifactToAdd() throws Exception {
        Path lonely = ExampleJars.jar(
                directory,
                "lonely",
                Map.of(
                        "module-info",
                        "module example.lonely { requires dev.weir.api; }",
                        "example.lonely.Main",
                        LONELY),
                Map.of(),
                List.of(API));
        for (String output : List.of(
                java("-cp", ExampleJars.path(List.of(API, lonely)), "example.lonely.Main"),
                java(
                        "--module-path",
                        ExampleJars.path(List.of(API, lonely)),
                        "-m",
                        "example.lonely/example.lonely.Main"))) {
            assertTrue(output.startsWith("refused: ") && output.contains("dev.weir:weir-spi"), output);
            assertEquals(1, output.lines().count(), output);
        }
    }

    @Test
    void aPluginThatOnlyANamedLoaderSeesIsFoundThere() throws Exception {
        try (URLClassLoader loader = new URLClassLoader(
                        new URL[] {plugin.toUri().toURL()}, getClass().getClassLoader());
                MemoryCapture memory = MemoryCapture.create()) {
            try (Pipeline pipeline = Pipeline.from(memory.name())
                    .classify("block-port", Map.of())
                    .classLoader(loader)
                    .open()) {
                pipeline.start();
                InjectedPacket packet = memory.inject(
                        PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(4711, 23));
                assertEquals(Verdict.DROP.because("block-port", "port 23"), packet.await(Duration.ofSeconds(20)));
            }
        }
    }
}
