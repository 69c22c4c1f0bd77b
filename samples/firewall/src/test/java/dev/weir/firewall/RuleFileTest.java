package dev.weir.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Pipeline;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.classify.rules.DecidedFlows;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rule files, and what their rules do with packets. */
class RuleFileTest {
    @TempDir
    Path directory;

    @Test
    void theFirstRuleThatAppliesDecidesAndIsTheReason() throws Exception {
        RuleFile rules = load(
                """
                [
                  {"id": "web", "layer": 4, "type": "tcp_dst_port", "values": ["80", 443], "action": "accept"},
                  {"id": "lab", "layer": 3, "type": "ip_src_in", "values": ["10.1.0.0/16", "fd00::/8"],
                   "action": "mark", "mark": "0x10", "mask": "0xff"},
                  {"id": "both", "conditions": [{"type": "ip_dst_in", "values": ["10.9.9.9"]},
                                                {"type": "udp_dst_port", "values": ["53"]}], "action": "reject"},
                  {"id": "rest", "type": "any", "action": "drop", "scope": "flow", "comment": "nothing else"}
                ]
                """);
        assertEquals(4, rules.count());
        assertEquals(
                "web", verdict(rules, ip("10.1.0.1").tcp(1, 443).syn()).reason().rule());
        Verdict.Mark mark =
                (Verdict.Mark) verdict(rules, ip("10.1.0.1").tcp(1, 444).syn());
        assertEquals(0x10, mark.mark());
        assertEquals(0xff, mark.mask());
        assertEquals(
                Kind.MARK,
                verdict(
                                rules,
                                PacketBuilder.ethernet()
                                        .ipv6("fd00::1", "2001:db8::2")
                                        .udp(1, 2))
                        .kind());
        assertEquals(Kind.REJECT, verdict(rules, ip("10.2.0.1").udp(1, 53)).kind());
        assertEquals(Kind.DROP, verdict(rules, ip("10.2.0.1").udp(1, 54)).kind());
        assertEquals(
                new Reason("rules", "rest"),
                verdict(rules, ip("10.2.0.1").echoRequest(1, 1)).reason());
    }

    @Test
    void sixThousandRulesAreRead() throws Exception {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < 6_000; i++) {
            text.append("{\"id\": \"r")
                    .append(i)
                    .append("\", \"type\": \"ip_src_in\", \"values\": [\"10.")
                    .append(i / 256)
                    .append('.')
                    .append(i % 256)
                    .append(".0/24\"], \"action\": \"drop\"},\n");
        }
        RuleFile rules = load(text.substring(0, text.length() - 2) + "]");
        assertEquals(6_000, rules.count());
        assertEquals(
                "r5999", verdict(rules, ip("10.23.111.7").udp(1, 2)).reason().rule());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1 | {} | array of rules",
                "1 | [] 7 | nothing may follow",
                "2 | [\\n{\"id\": \"a\", \"action\": \"drop\"}] | rule \"a\": a rule has a type and values, or conditions",
                "2 | [\\n{\"type\": \"any\", \"action\": \"drop\"}] | the rule has no id",
                "2 | [\\n{\"id\": \"a\", \"type\": \"any\"}] | rule \"a\": the rule has no action",
                "3 | [{\"id\": \"a\",\\n\"type\": \"any\",\\n\"action\": \"burn\"}] | no action \"burn\"; actions: drop, accept",
                "2 | [{\"id\": \"a\",\\n\"type\": \"moon_phase\", \"values\": [\"1\"], \"action\": \"drop\"}] | no type \"moon_phase\"",
                "1 | [{\"id\": \"a\", \"layer\": 3, \"type\": \"tcp_dst_port\", \"values\": [1], \"action\": \"drop\"}] | is of layer 4, not 3",
                "2 | [\\n{\"id\": \"a\", \"type\": \"ip_src_in\", \"values\": [\"10.0.0.0/33\"], \"action\": \"drop\"}] | 10.0.0.0/33",
                "2 | [\\n{\"id\": \"a\", \"type\": \"tcp_dst_port\", \"values\": [70000], \"action\": \"drop\"}] | 70000",
                "3 | [{\"id\": \"a\", \"type\": \"any\", \"action\": \"drop\"},\\n\\n{\"id\": \"a\", \"type\": \"any\", \"action\": \"drop\"}] | line 1 already",
                "1 | [{\"id\": \"a\", \"type\": \"any\", \"action\": \"mark\"}] | mark belongs to the action",
                "1 | [{\"id\": \"a\", \"type\": \"any\", \"action\": \"drop\", \"colour\": 1}] | no field \"colour\"",
                "1 | [{\"id\": \"a\", \"id\": \"b\"}] | Duplicate field",
                "2 | [{\"id\": \"a\",\\n, \"type\": \"any\"}] | Unexpected character",
            })
    void aFileWithAMistakeIsRefusedWithLineAndReason(int line, String text, String reason) throws IOException {
        Path file = write(text.replace("\\n", "\n"));
        RuleFileException refused =
                assertThrows(RuleFileException.class, () -> RuleFile.load(file, DecidedFlows.RECONSIDER));
        assertTrue(refused.getMessage().startsWith(file + ":" + line + ": "), refused.getMessage());
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        RuleFileException refused = assertThrows(
                RuleFileException.class, () -> RuleFile.load(directory.resolve("none"), DecidedFlows.KEEP));
        assertTrue(refused.getMessage().endsWith("none: there is no such file"), refused.getMessage());
    }

    @Test
    void aRefusedFileLeavesTheRulesAsTheyAre() throws Exception {
        RuleFile rules = load("[{\"id\": \"old\", \"type\": \"any\", \"action\": \"drop\"}]");
        write("[{\"id\": \"new\", \"type\": \"any\", \"action\": \"accept\"}, {\"id\": \"bad\"}]");
        assertThrows(RuleFileException.class, rules::reload);
        assertEquals("old", verdict(rules, ip("10.0.0.1").udp(1, 2)).reason().rule());
        write("[{\"id\": \"new\", \"type\": \"any\", \"action\": \"accept\"}]");
        rules.reload();
        assertEquals("new", verdict(rules, ip("10.0.0.1").udp(1, 2)).reason().rule());
    }

    @Test
    void newRulesHoldForConnectionsThatOldOnesHaveDecided() throws Exception {
        RuleFile rules = load("[{\"id\": \"old\", \"type\": \"any\", \"action\": \"accept\", \"scope\": \"flow\"}]");
        byte[] packet = ip("10.0.0.1").udp(1, 2).build();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(rules.classifier())
                        .open()) {
            pipeline.start();
            assertEquals("old", decided(memory, packet).reason().rule());
            write("[{\"id\": \"new\", \"type\": \"any\", \"action\": \"drop\"}]");
            rules.reload();
            assertEquals("new", decided(memory, packet).reason().rule());
        }
    }

    private RuleFile load(String text) throws IOException, RuleFileException {
        RuleFile loaded = RuleFile.load(write(text), DecidedFlows.RECONSIDER);
        assertSame(loaded.classifier(), loaded.classifier());
        return loaded;
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("rules.json"), text);
    }

    private static PacketBuilder ip(String source) {
        return PacketBuilder.ethernet().ipv4(source, "10.9.9.9");
    }

    private static Verdict verdict(RuleFile rules, PacketBuilder packet) throws Exception {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classify(rules.classifier())
                        .open()) {
            pipeline.start();
            return decided(memory, packet.build());
        }
    }

    private static Verdict decided(MemoryCapture memory, byte[] packet) {
        return memory.inject(packet).await(Duration.ofSeconds(5));
    }
}
