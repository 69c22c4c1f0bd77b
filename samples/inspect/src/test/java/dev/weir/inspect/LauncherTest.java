package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a repository of a few files, with a Java, a Maven and an apt-get that only say what they were asked. */
class LauncherTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2001-02-03T04:05:06Z"));
    private static final String JAVA =
            """
            #!/bin/sh
            case $1 in
                -XshowSettings:properties) echo "    java.home = $(dirname "$(dirname "$0")")" >&2 ;;
                *) echo "java $*" ;;
            esac
            """;

    @TempDir
    private Path directory;

    private Path root;
    private Path programs;
    private Path jdk;
    private String output;

    @BeforeEach
    void makeRepository() throws IOException {
        root = directory.resolve("repository");
        for (String file : List.of(
                "pom.xml", "samples/inspect/src/main/Inspect.java", "samples/firewall/src/main/Firewall.java")) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.setLastModifiedTime(Files.createFile(root.resolve(file)), LONG_AGO);
        }
        script(root.resolve("weir"), Files.readString(Path.of("../../weir")));
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.toList()) {
                Files.setLastModifiedTime(path, LONG_AGO);
            }
        }
        programs = Files.createDirectories(directory.resolve("bin"));
        for (String name : "cat dirname find flock grep head mkdir mv readlink sed tail".split(" ")) {
            script(programs.resolve(name), "#!/bin/sh\nPATH=/usr/bin:/bin\nexec " + name + " \"$@\"\n");
        }
        user(1000);
        jdk = directory.resolve("jdk");
        script(jdk.resolve("bin/java"), JAVA);
        script(jdk.resolve("bin/javac"), "#!/bin/sh\n");
        version("17.0.9");
        maven("exit 0");
    }

    @Test
    void whatIsStaleIsBuiltAndNothingElse() throws IOException {
        assertEquals(0, weir("inspect", "pcap:a b", "--json"), output);
        assertTrue(output.contains("-pl samples/inspect -am package"), output);
        assertTrue(output.contains(" dev.weir.inspect.Inspect pcap:a b --json\n"), output);
        assertFalse(builds(), "built");
        change("samples/firewall/src/main/Firewall.java");
        assertFalse(builds(), "another sample");
        change("samples/inspect/src/main/Inspect.java");
        assertTrue(builds(), "a source has changed");
        assertFalse(builds(), "built");
        change("pom.xml");
        assertTrue(builds(), "what is built how has changed");
        Files.delete(root.resolve("samples/inspect/src/main/Inspect.java"));
        assertTrue(builds(), "a source is gone");
        assertFalse(builds(), "built");
    }

    @Test
    void aFailedBuildIsShownAndTriedAgain() throws IOException {
        maven("echo 'Inspect.java:1: no such thing'; exit 1");
        for (int i = 0; i < 2; i++) {
            assertEquals(2, weir("inspect", "pcap:x"), output);
            assertTrue(output.contains("Inspect.java:1: no such thing\n"), output);
            assertTrue(output.endsWith("the whole log is " + root.toRealPath() + "/target/inspect.log\n"), output);
            assertFalse(output.contains("dev.weir.inspect.Inspect"), output);
        }
        maven("exit 0");
        assertTrue(builds());
    }

    @Test
    void itIsFoundThroughALinkFromElsewhere() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), root.resolve("weir"));
        assertEquals(0, run(link, Map.of("JAVA_HOME", jdk.toString()), "inspect", "pcap:x"), output);
        assertTrue(output.contains("-cp " + root.toRealPath() + "/samples/inspect/target/*:"), output);
    }

    @Test
    void whatIsMissingIsNamedWhereItCannotBeInstalled() throws IOException {
        Files.delete(programs.resolve("mvn"));
        assertEquals(2, run(root.resolve("weir"), Map.of(), "inspect", "pcap:x"));
        assertEquals("weir: please install (the names are Debian's): default-jdk-headless maven\n", output);
    }

    @Test
    void asRootOnDebianWhatIsMissingIsInstalled() throws IOException {
        assumeTrue(Files.exists(Path.of("/etc/debian_version")), "not Debian");
        user(0);
        script(
                programs.resolve("apt-get"),
                """
                #!/bin/sh
                echo "$*" >>'%1$s/asked'
                case " $* " in *" install "*)
                    for name in java javac; do printf '#!/bin/sh\\nexec %1$s/jdk/bin/%%s "$@"\\n' $name >'%2$s'/$name; done
                    printf '#!/bin/sh\\n' >'%2$s'/mvn
                    /bin/chmod +x '%2$s'/java '%2$s'/javac '%2$s'/mvn ;;
                esac
                """
                        .formatted(directory, programs));
        Files.delete(programs.resolve("mvn"));
        assertEquals(0, run(root.resolve("weir"), Map.of(), "inspect", "pcap:x"), output);
        List<String> asked = Files.readAllLines(directory.resolve("asked"));
        assertEquals("update", asked.get(0));
        assertTrue(
                asked.get(1).contains(" install -y --no-install-recommends default-jdk-headless maven"), asked.get(1));
        assertTrue(output.contains(" dev.weir.inspect.Inspect pcap:x\n"), output);
    }

    @Test
    void whatWasBuiltNeedsNoJdkAnyMore() throws IOException {
        assertTrue(builds());
        Files.delete(jdk.resolve("bin/javac"));
        Files.delete(programs.resolve("mvn"));
        assertFalse(builds());
        change("pom.xml");
        assertEquals(2, weir("inspect", "pcap:x"));
        assertEquals(
                "weir: there is no JDK in JAVA_HOME (" + jdk
                        + "): correct it, or unset it to use the one on the PATH\n",
                output);
    }

    @Test
    void anOldJavaIsRefused() throws IOException {
        version("11.0.2");
        assertEquals(2, weir("inspect", "pcap:x"));
        assertEquals("weir: Java 17 or newer is needed, not 11\n", output);
    }

    @Test
    void helpListsTheCommandsAndOthersAreRefused() throws IOException {
        assertEquals(0, weir());
        for (String command : "demo inspect firewall bench fuzz soak test help".split(" ")) {
            assertTrue(output.contains("\n  " + command + " "), command + " in " + output);
        }
        assertEquals(2, weir("inspekt"));
        assertEquals("weir: unknown command \"inspekt\"; ./weir help lists them\n", output);
        assertEquals(2, weir("demo", "pcap:x"));
        assertEquals("weir: demo takes no arguments; ./weir inspect does\n", output);
        assertEquals(2, weir("soak", "long"));
        assertEquals("weir: soak takes a number of seconds; 600 is a good one\n", output);
        assertEquals(2, weir("soak", "10"));
        assertEquals("weir: soak needs root: it makes network namespaces and sends in them\n", output);
    }

    // Helpers

    /** Runs something; whether that built it first. */
    private boolean builds() throws IOException {
        assertEquals(0, weir("inspect", "pcap:x"), output);
        assertTrue(output.contains(" dev.weir.inspect.Inspect pcap:x\n"), output);
        return output.contains("mvn ");
    }

    private int weir(String... arguments) throws IOException {
        return run(root.resolve("weir"), Map.of("JAVA_HOME", jdk.toString()), arguments);
    }

    /** What Maven was asked comes before what the launcher says. */
    private int run(Path launcher, Map<String, String> variables, String... arguments) throws IOException {
        File said = directory.resolve("said").toFile();
        Path asked = directory.resolve("mvn-asked");
        Files.writeString(asked, "");
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(Stream.of(launcher.toString()), Stream.of(arguments))
                        .toList())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said);
        builder.environment().clear();
        builder.environment().put("PATH", programs.toString());
        builder.environment().putAll(variables);
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(20, TimeUnit.SECONDS), "still runs");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
        output = Files.readString(asked) + Files.readString(said.toPath());
        return process.exitValue();
    }

    private void change(String file) throws IOException {
        Files.setLastModifiedTime(root.resolve(file), FileTime.from(Instant.now()));
    }

    private void maven(String rest) throws IOException {
        script(programs.resolve("mvn"), "#!/bin/sh\necho \"mvn $*\" >>'" + directory + "/mvn-asked'\n" + rest + "\n");
    }

    private void user(int id) throws IOException {
        script(programs.resolve("id"), "#!/bin/sh\necho " + id + "\n");
    }

    private void version(String version) throws IOException {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.deleteIfExists(file);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
