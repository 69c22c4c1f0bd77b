package dev.weir.firewall;

import dev.weir.Classifier;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.rules.ConditionType;
import dev.weir.classify.rules.DecidedFlows;
import dev.weir.classify.rules.Rule;
import dev.weir.classify.rules.RuleSet;
import dev.weir.classify.rules.SwappableRules;
import dev.weir.firewall.RuleText.ConditionText;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The rule file and the rules of it that are in force. A file with a mistake is refused whole. */
final class RuleFile {
    private static final int CONTENT_LAYER = 7;
    private static final String TYPES =
            Arrays.stream(ConditionType.values()).map(ConditionType::text).collect(Collectors.joining(", "));

    private final Path file;
    private final SwappableRules rules;

    private RuleFile(Path file, SwappableRules rules) {
        this.file = file;
        this.rules = rules;
    }

    /** Reads a file. */
    static RuleFile load(Path file, DecidedFlows decided) throws RuleFileException {
        return new RuleFile(file, new SwappableRules(read(file), decided));
    }

    /** Reads it again and puts its rules in force in one step; when it is refused, the rules stay as they are. */
    void reload() throws RuleFileException {
        rules.replace(read(file));
    }

    Path file() {
        return file;
    }

    int count() {
        return rules.current().rules().size();
    }

    /** True when one of the rules tells senders that their packets are not wanted. */
    boolean rejects() {
        return rules.current().rules().stream().anyMatch(rule -> rule.verdict().kind() == Verdict.Kind.REJECT);
    }

    Classifier classifier() {
        return rules;
    }

    private static RuleSet read(Path file) throws RuleFileException {
        RuleSet.Builder set = RuleSet.builder();
        for (RuleText text : RuleParser.read(file)) {
            try {
                set.add(rule(file, text));
            } catch (WeirException e) {
                throw new RuleFileException(file, text.line(), e.getMessage());
            }
        }
        try {
            return set.build();
        } catch (WeirException e) {
            throw new RuleFileException(file, 0, e.getMessage());
        }
    }

    private static Rule rule(Path file, RuleText text) throws RuleFileException {
        Rule.Builder rule = Rule.named(text.id());
        boolean content = false;
        for (ConditionText condition : text.conditions()) {
            ConditionType type = ConditionType.named(condition.type())
                    .orElseThrow(() -> new RuleFileException(
                            file,
                            condition.line(),
                            "rule \"" + text.id() + "\": there is no type \"" + condition.type() + "\"; types: any, "
                                    + TYPES));
            if (condition.layer() != 0 && condition.layer() != type.layer()) {
                throw new RuleFileException(
                        file,
                        condition.line(),
                        "rule \"" + text.id() + "\": " + type.text() + " is of layer " + type.layer() + ", not "
                                + condition.layer());
            }
            content |= type.layer() == CONTENT_LAYER;
            rule.when(type, condition.values());
        }
        boolean forFlow = text.forFlow() != null ? text.forFlow() : content;
        return (forFlow ? rule.forFlow() : rule).then(verdict(text));
    }

    private static Verdict verdict(RuleText text) {
        return switch (text.action()) {
            case DROP -> Verdict.DROP;
            case ACCEPT -> Verdict.ACCEPT;
            case REJECT -> Verdict.REJECT;
            case MARK -> new Verdict.Mark(text.mark(), text.mask(), Verdict.Scope.PACKET, Reason.NONE);
        };
    }
}
