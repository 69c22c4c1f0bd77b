package dev.weir.classify.rules;

import dev.weir.Classifier;
import dev.weir.ClassifierProvider;
import dev.weir.OptionSpec;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.options.PlugInOptions;
import dev.weir.stream.StreamMode;
import dev.weir.stream.StreamOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The plug-in {@code rules}. */
public final class RulesClassifierProvider implements ClassifierProvider {
    private static final String RULES = "rules";
    private static final String FILE = "file";
    private static final String NAME = "name";
    private static final String OTHERWISE = "otherwise";
    private static final String HOLD = "hold";

    /** For {@link java.util.ServiceLoader}. */
    public RulesClassifierProvider() {}

    @Override
    public String name() {
        return "rules";
    }

    @Override
    public String description() {
        return "judges packets by a firewall's rules about addresses, ports and content";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
                new OptionSpec(
                        RULES,
                        "rules, separated by semicolons or line ends",
                        "",
                        "The rules, for example \"web: accept tcp_dst_port 80 443; rest: drop\"; see RuleText."),
                new OptionSpec(FILE, "a path", "", "A file with rules, one a line, behind those of \"rules\"."),
                new OptionSpec(NAME, "a word", "rules", "What the rules are called in the reasons of verdicts."),
                new OptionSpec(
                        OTHERWISE,
                        "continue, accept, drop or reject",
                        "continue",
                        "What becomes of packets for which no rule holds."),
                new OptionSpec(
                        HOLD,
                        "yes or no",
                        "no",
                        "Whether packets wait while a request or a ClientHello is incomplete that rules ask about."));
    }

    /** The rules are there once for all workers. */
    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Classifier create(Map<String, String> options) {
        PlugInOptions given = new PlugInOptions(name(), options);
        RuleSet.Builder set = RuleSet.builder().name(given.text(NAME, "rules"));
        set.otherwise(otherwise(given.choice(OTHERWISE, "continue", "continue", "accept", "drop", "reject")));
        if (given.isYes(HOLD, "no")) {
            set.streams(StreamOptions.DEFAULT.withMode(StreamMode.HOLD));
        }
        add(set, "option rules", given.text(RULES, ""));
        String file = given.text(FILE, "");
        if (!file.isEmpty()) {
            add(set, file, read(file));
        }
        return set.build();
    }

    private static void add(RuleSet.Builder set, String where, String text) {
        try {
            RuleText.parse(text).forEach(set::add);
        } catch (WeirException e) {
            throw new WeirException("rules: " + where + ": " + e.getMessage(), e);
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException | RuntimeException e) {
            throw new WeirException("rules: the file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Verdict otherwise(String text) {
        return switch (text) {
            case "accept" -> Verdict.ACCEPT;
            case "drop" -> Verdict.DROP;
            case "reject" -> Verdict.REJECT;
            default -> Verdict.CONTINUE;
        };
    }
}
