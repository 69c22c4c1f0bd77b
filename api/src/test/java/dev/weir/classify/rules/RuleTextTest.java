package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleTextTest {
    @Test
    void readsRules() {
        List<Rule> rules = RuleText.parse("# comment\n\n"
                + "no-telnet: reject flow tcp_dst_port 23 2323 and ip_src_in 10.0.0.0/8 # why\n"
                + "\"a b\": mark 0x10/0xff http_uri_regex \"a \\\"b\\\" \\d; #\" and http_method \"and\"\r\n"
                + "m: mark 7; rest: drop");
        assertEquals(
                List.of(
                        Rule.named("no-telnet")
                                .when(ConditionType.TCP_DST_PORT, "23", "2323")
                                .when(ConditionType.IP_SRC_IN, "10.0.0.0/8")
                                .forFlow()
                                .reject(),
                        Rule.named("a b")
                                .when(ConditionType.HTTP_URI_REGEX, "a \"b\" \\d; #")
                                .when(ConditionType.HTTP_METHOD, "and")
                                .mark(0x10, 0xff),
                        Rule.named("m").then(new Verdict.Mark(7, -1, Verdict.Scope.PACKET, Reason.NONE)),
                        Rule.named("rest").drop()),
                rules);
    }

    @ParameterizedTest
    @CsvSource({
        "drop, begins with its id",
        "': drop', begins with its id",
        "a:, an action is missing",
        "a: kill, is not an action",
        "a: mark, is not a mark",
        "a: mark 1/x, is not a mark",
        "a: mark 0x100000000, is not a mark",
        "a: drop port 1, ip_src_in",
        "a: drop tcp_dst_port, one value or more",
        "a: drop tcp_dst_port 1 and, missing behind",
        "a: drop http_uri_regex \"x, not closed",
    })
    void namesTheLineThatIsWrong(String line, String why) {
        WeirException refusal = assertThrows(WeirException.class, () -> RuleText.parse("ok: drop\n" + line));
        assertTrue(refusal.getMessage().startsWith("line 2: "), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    }

    @Test
    void thePlugInReadsOptionsAndAFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("rules"), "two: accept\n");
        RulesClassifierProvider provider = new RulesClassifierProvider();
        RuleSet set = (RuleSet) provider.create(
                Map.of("rules", "one: drop tcp_dst_port 1", "file", file.toString(), "name", "edge", "hold", "yes"));
        assertEquals("edge: 2 rules", set.toString());
        assertRefused(provider, Map.of("rules", "x"), "option rules: line 1");
        assertRefused(provider, Map.of("file", "/no/such"), "/no/such cannot be read");
        assertRefused(provider, Map.of("otherwise", "x"), "continue, accept, drop or reject");
        assertRefused(provider, Map.of("hold", "x"), "yes or no");
    }

    private static void assertRefused(RulesClassifierProvider provider, Map<String, String> options, String why) {
        WeirException refusal = assertThrows(WeirException.class, () -> provider.create(options));
        assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    }
}
