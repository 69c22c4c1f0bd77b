package dev.weir.classify.rules;

import dev.weir.WeirException;
import java.util.EnumSet;
import java.util.Set;

/** Refuses rules that cannot be meant, before anything is built of them. */
final class RuleCheck {
    private static final Set<ConditionType> TCP = EnumSet.of(ConditionType.TCP_SRC_PORT, ConditionType.TCP_DST_PORT);
    private static final Set<ConditionType> UDP = EnumSet.of(ConditionType.UDP_SRC_PORT, ConditionType.UDP_DST_PORT);

    private RuleCheck() {}

    /** @throws WeirException that names the rule, the condition and what is allowed */
    static void check(Rule rule) {
        Set<ConditionType> types = EnumSet.noneOf(ConditionType.class);
        for (Condition condition : rule.conditions()) {
            if (!types.add(condition.type()) && condition.type().layer() < 7) {
                throw new WeirException("rule \"" + rule.id() + "\" has two conditions "
                        + condition.type().text() + "; put all values into one, any of them is enough");
            }
            for (String value : condition.values()) {
                checkValue(rule, condition.type(), value);
            }
        }
        if (types.stream().anyMatch(TCP::contains) && types.stream().anyMatch(UDP::contains)) {
            throw new WeirException("rule \"" + rule.id() + "\" can never hold: it asks for ports of TCP and of UDP"
                    + "; make it two rules");
        }
    }

    private static void checkValue(Rule rule, ConditionType type, String value) {
        try {
            switch (type) {
                case IP_SRC_IN, IP_DST_IN -> Prefix.parse(value);
                case PROTOCOL -> IpProtocols.parse(value);
                case TCP_SRC_PORT, TCP_DST_PORT, UDP_SRC_PORT, UDP_DST_PORT -> PortRange.parse(value);
                default -> ContentValue.parse(type, value);
            }
        } catch (WeirException e) {
            throw new WeirException("rule \"" + rule.id() + "\", " + type.text() + ": " + e.getMessage(), e);
        }
    }
}
