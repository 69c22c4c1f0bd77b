package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own shows: how it ends. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // what a process says is read without one
class ProcessTest {
    private static final Path CAPTURE = Path.of("src/main/captures/demo.pcapng");
    private static final int PACKETS = 472;

    @TempDir
    private Path directory;

    private Process process;

    @AfterEach
    void end() {
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Test
    void aSignalEndsItInOrderWithTheBooksPrinted() throws Exception {
        start("pcap:-", "--packets");
        // Standard input stays open: more packets could come.
        OutputStream stream = process.getOutputStream();
        stream.write(Files.readAllBytes(CAPTURE));
        stream.flush();
        InputStream shown = process.getInputStream();
        byte[] lines = new byte[1 << 16];
        int used = 0;
        while (count(lines, used) < PACKETS) {
            int read = shown.read(lines, used, lines.length - used);
            assertTrue(read > 0, "ended early: " + said());
            used += read;
        }
        process.toHandle().destroy(); // SIGTERM; SIGINT takes the same way
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "still runs");
        assertEquals(0, process.exitValue(), said());
        assertTrue(said().startsWith("472 packets, 131 kB; none lost\n"), said());
    }

    @Test
    void aReaderThatHasSeenEnoughEndsItQuietly() throws Exception {
        start("pcap:" + CAPTURE + "?loop=0", "--packets", "--json"); // without an end
        InputStream shown = process.getInputStream();
        assertEquals('{', shown.read());
        shown.close();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "still runs");
        assertEquals(0, process.exitValue(), said());
        assertEquals("", said());
    }

    @Test
    void onATerminalFlowsAreDrawnAsTheyComeAndCtrlCEndsItInOrder() throws Exception {
        startOnTerminal("'pcap:" + CAPTURE + "?loop=0&pace=recorded'");
        String shown = readUntil("(Ctrl-C ends)");
        assertTrue(shown.contains("\033[?1049h"), "the alternate screen: " + shown);
        String rest = endWithCtrlC();
        int left = rest.indexOf("\033[?1049l");
        assertTrue(left >= 0, "the terminal is given back: " + rest);
        assertTrue(rest.indexOf("Proto ", left) > left, rest);
        assertTrue(rest.contains(" packets, ") && rest.contains("; none lost"), rest);
    }

    @Test
    void whereOnlyErrorsGoToATerminalALineTellsHowFarItIs() throws Exception {
        Path table = directory.resolve("table");
        startOnTerminal("'pcap:" + CAPTURE + "?loop=0' >'" + table + "'");
        String shown = readUntil(" packets/s");
        assertTrue(shown.matches("(?s).*\r\033\\[K[0-9,]+ packets, [0-9.]+ [kMG]?B, [0-9,]+ packets/s"), shown);
        String rest = endWithCtrlC();
        assertTrue(rest.endsWith("\r\033[K"), "the line is gone: " + rest);
        assertTrue(Files.readString(table).contains("; none lost"), "the books");
    }

    /** A terminal of 120 columns, which script(1) of util-linux makes. */
    private void startOnTerminal(String arguments) throws IOException {
        // Whoever runs the tests may have these signals ignored, as in a background job, and children inherit that.
        String shell = "stty cols 120 rows 30; exec env --default-signal=INT,HUP '" + String.join("' '", command())
                + "' " + arguments;
        ProcessBuilder builder = new ProcessBuilder("script", "-qefc", shell, "/dev/null");
        builder.environment().put("TERM", "xterm");
        process = builder.redirectErrorStream(true).start();
    }

    /** What the terminal shows up to some words. */
    private String readUntil(String words) throws IOException {
        StringBuilder shown = new StringBuilder();
        while (shown.indexOf(words) < 0) {
            int next = process.getInputStream().read();
            assertTrue(next >= 0, "ended early: " + shown);
            shown.append((char) next);
        }
        return shown.toString();
    }

    /** What it shows from then on. */
    private String endWithCtrlC() throws Exception {
        process.getOutputStream().write(3);
        process.getOutputStream().flush();
        String rest = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "still runs");
        assertEquals(0, process.exitValue(), rest);
        return rest;
    }

    private void start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of(arguments));
        File err = directory.resolve("err").toFile();
        process = new ProcessBuilder(command).redirectError(err).start();
    }

    private static List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Inspect.class.getName());
    }

    private String said() throws IOException {
        return Files.readString(directory.resolve("err"), StandardCharsets.UTF_8);
    }

    private static int count(byte[] lines, int used) {
        int count = 0;
        for (int i = 0; i < used; i++) {
            count += lines[i] == '\n' ? 1 : 0;
        }
        return count;
    }
}
