package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict;
import dev.weir.WeirException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleSyntaxTest {
    @ParameterizedTest
    @CsvSource({
        "IP_SRC_IN, 10.0.0.0/33, 0 to 32",
        "IP_SRC_IN, 10.0.0.1/8, 10.0.0.0/8 is meant",
        "IP_DST_IN, 2001:db8::/129, 0 to 128",
        "IP_DST_IN, example.org, not an IP address",
        "IP_DST_IN, 10.0.0.0/x, 0 to 32",
        "PROTOCOL, 256, 0 to 255",
        "PROTOCOL, quic, icmp",
        "TCP_DST_PORT, 65536, 0 to 65535",
        "TCP_SRC_PORT, http, 0 to 65535",
        "UDP_DST_PORT, 90-80, a range",
        "UDP_SRC_PORT, -1, a range",
    })
    void aWrongValueIsRefusedWithTheRuleTheConditionAndWhatIsAllowed(ConditionType type, String value, String allowed) {
        Rule rule = Rule.named("my rule").when(type, value).drop();
        WeirException refusal =
                assertThrows(WeirException.class, () -> RuleSet.builder().add(rule));
        assertTrue(refusal.getMessage().contains("rule \"my rule\", " + type.text()), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(value), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(allowed), refusal.getMessage());
    }

    @Test
    void rulesThatCannotBeMeantAreRefused() {
        RuleSet.Builder builder = RuleSet.builder();
        builder.add(Rule.named("a").accept());
        assertRefused(
                "two rules with the id \"a\"", () -> builder.add(Rule.named("a").drop()));
        assertRefused("an id", () -> Rule.named(" ").drop());
        assertRefused("one value or more", () -> Rule.named("b").when(ConditionType.PROTOCOL, List.of()));
        assertRefused("must accept, drop, reject or mark", () -> Rule.named("b").then(Verdict.HOLD));
        assertRefused(
                "must accept, drop, reject or mark",
                () -> Rule.named("b").forFlow().then(Verdict.REPLACE));
        assertRefused(
                "can never hold",
                () -> builder.add(Rule.named("b")
                        .when(ConditionType.TCP_DST_PORT, "1")
                        .when(ConditionType.UDP_DST_PORT, "1")
                        .drop()));
        assertRefused(
                "put all values into one",
                () -> builder.add(Rule.named("b")
                        .when(ConditionType.TCP_DST_PORT, "1")
                        .when(ConditionType.TCP_DST_PORT, "2")
                        .drop()));
        assertEquals(1, builder.build().rules().size(), "the builder is as it was");
    }

    private static void assertRefused(String why, Executable action) {
        WeirException refusal = assertThrows(WeirException.class, action);
        assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    }

    @Test
    void typesAreFoundByTheNamesThatAreWrittenInRules() {
        for (ConditionType type : ConditionType.values()) {
            assertEquals(type, ConditionType.named(type.text()).orElseThrow());
        }
        assertEquals(ConditionType.IP_SRC_IN, ConditionType.named("ip_src_in").orElseThrow());
        assertTrue(ConditionType.named("IP_SRC_IN").isEmpty());
    }

    @Test
    void prefixesAreWrittenAsTheyAreRead() {
        for (String text :
                new String[] {"0.0.0.0/0", "10.0.0.0/8", "192.0.2.1/32", "::/0", "2001:db8::/32", "::1/128"}) {
            assertEquals(text, Prefix.parse(text).toString());
        }
        assertEquals("192.0.2.1/32", Prefix.parse("192.0.2.1").toString());
        assertEquals("::1/128", Prefix.parse("::1").toString());
    }
}
