package dev.weir.bench;

import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.classify.rules.ConditionType;
import dev.weir.classify.rules.Rule;
import dev.weir.classify.rules.RuleSet;

/** Weir as a web server's filter: a set of rules, none of which is about its traffic, judges each packet. */
final class WebReceiver implements ReceiverControl.Counters {
    private static final int RULES = 100;

    private final Pipeline pipeline;

    private WebReceiver(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** Arguments: the name of the capture, "poll" or "busy". */
    public static void main(String[] arguments) {
        PipelineBuilder builder = Pipeline.from(arguments[0]).classify(rules()).otherwise(Verdict.ACCEPT);
        if (arguments[1].equals("busy")) {
            builder.busyPoll();
        }
        try (Pipeline pipeline = builder.open()) {
            ReceiverControl.start(new WebReceiver(pipeline));
            pipeline.run();
        }
    }

    private static RuleSet rules() {
        RuleSet.Builder rules = RuleSet.builder();
        for (int i = 0; i < RULES; i++) {
            Rule.Builder rule = Rule.named("rule " + i);
            switch (i % 3) {
                case 0 -> rule.when(ConditionType.IP_SRC_IN, "192.0." + i + ".0/24", "2001:db8:" + i + "::/48");
                case 1 -> rule.when(ConditionType.TCP_DST_PORT, Integer.toString(10_000 + i));
                default ->
                    rule.when(ConditionType.IP_DST_IN, "198.18." + i + ".0/24")
                            .when(ConditionType.TCP_DST_PORT, "1-1023");
            }
            rules.add(rule.drop());
        }
        return rules.build();
    }

    @Override
    public long packets() {
        return pipeline.ledger().received();
    }

    @Override
    public long bytes() {
        return pipeline.ledger().receivedBytes();
    }

    /** They are of another benchmark. */
    @Override
    public long datagrams() {
        return 0;
    }

    @Override
    public long kernelDrops() {
        return pipeline.ledger().lost();
    }
}
