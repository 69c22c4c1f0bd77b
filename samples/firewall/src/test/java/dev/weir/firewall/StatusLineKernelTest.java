package dev.weir.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The firewall on a terminal of 80 columns, which script(1) of util-linux makes, and on none. */
@NetworkLabTest(requires = KernelFeature.NETFILTER_NETLINK)
@Timeout(60)
class StatusLineKernelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String UPDATE = "\r\033[K";
    private static final String STATUS = " packets/s, ";
    private static final int COLUMNS = 80;

    @TempDir
    Path directory;

    private LabHost filter;
    private String[] command;

    @BeforeEach
    void open(NetworkLab lab) throws Exception {
        filter = lab.host("filter");
        Path rules = Files.writeString(
                directory.resolve("rules.json"), "[{\"id\": \"rest\", \"type\": \"any\", \"action\": \"accept\"}]");
        command = FirewallCommand.with("--queue", "0", "--steer", "output", "--rules", rules.toString());
    }

    @Test
    void aTerminalShowsOneLineThatIsWrittenOverEachSecond() throws Exception {
        String shell = "stty cols " + COLUMNS + "; exec '" + String.join("' '", command) + "'";
        try (LabProcess terminal = filter.start("env", "TERM=xterm", "script", "-qefc", shell, "/dev/null")) {
            terminal.awaitOutput("are in force on queue", PATIENCE);
            terminal.awaitOutput(UPDATE, PATIENCE);
            int before = updates(terminal);
            long beginNs = System.nanoTime();
            for (int i = 0; i < 4; i++) {
                filter.call(() -> {
                    try (DatagramSocket socket = new DatagramSocket()) {
                        socket.send(new DatagramPacket(new byte[10], 10, InetAddress.getLoopbackAddress(), 9));
                    }
                    return null;
                });
                Thread.sleep(900);
            }
            int shown = updates(terminal) - before;
            double seconds = (System.nanoTime() - beginNs) / 1e9;
            assertTrue(Math.abs(shown - seconds) <= 1.5, shown + " updates in " + seconds + " s");
            Screen running = new Screen(COLUMNS);
            running.print(terminal.output());
            assertEquals(1, rowsWithStatus(running), running.rows().toString());

            ProcessHandle.of(terminal.pid())
                    .orElseThrow()
                    .descendants()
                    .filter(process -> process.info().command().orElse("").endsWith("java"))
                    .forEach(ProcessHandle::destroy);
            assertEquals(0, terminal.awaitExit(PATIENCE), terminal.output());
            Screen left = new Screen(COLUMNS);
            left.print(terminal.output());
            assertEquals(0, rowsWithStatus(left), left.rows().toString());
            assertTrue(left.wraps());
            List<String> rows = left.rows();
            assertTrue(rows.get(0).startsWith("1 rules from "), rows.toString());
            assertTrue(rows.stream().anyMatch(row -> row.startsWith("ledger: ")), rows.toString());
            String[] updates = terminal.output().split(java.util.regex.Pattern.quote(UPDATE));
            assertFalse(updates[updates.length - 2].contains("\n"), "the line is written over, not added to");
            assertTrue(updates[updates.length - 2].contains(" in all: "), updates[updates.length - 2]);
        }
    }

    @Test
    void whatIsNoTerminalGetsNoStatusLine() throws Exception {
        String[] withTerm = new String[command.length + 2];
        withTerm[0] = "env";
        withTerm[1] = "TERM=xterm";
        System.arraycopy(command, 0, withTerm, 2, command.length);
        try (LabProcess firewall = filter.start(withTerm)) {
            firewall.awaitOutput("are in force on queue", PATIENCE);
            Thread.sleep(2_500);
            firewall.terminate();
            assertEquals(0, firewall.awaitExit(PATIENCE), firewall.output());
            assertFalse(firewall.output().contains("\033"), firewall.output());
            assertFalse(firewall.output().contains(STATUS), firewall.output());
            assertTrue(firewall.output().contains("ledger: "), firewall.output());
        }
    }

    private static int updates(LabProcess terminal) {
        return terminal.output().split(java.util.regex.Pattern.quote(UPDATE), -1).length - 1;
    }

    private static long rowsWithStatus(Screen screen) {
        return screen.rows().stream()
                .filter(row -> row.contains(STATUS) || row.contains(" in flight"))
                .count();
    }
}
