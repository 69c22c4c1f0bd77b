package dev.weir.classify.dhcp;

import dev.weir.Classifier;
import dev.weir.ClassifierProvider;
import dev.weir.OptionSpec;
import dev.weir.classify.options.PlugInOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The plug-in {@code dhcp}. */
public final class DhcpClassifierProvider implements ClassifierProvider {
    private static final String SERVERS = "servers";
    private static final String ROGUES = "rogues";
    private static final String TIMEOUT = "timeout";
    private static final String MAX_TRANSACTIONS = "max-transactions";
    private static final String MAX_LEASES = "max-leases";

    /** For {@link java.util.ServiceLoader}. */
    public DhcpClassifierProvider() {}

    @Override
    public String name() {
        return "dhcp";
    }

    @Override
    public String description() {
        return "watches DHCP conversations and leases, and drops what servers say that are not allowed";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
                new OptionSpec(
                        SERVERS,
                        "addresses, and duid:HEX for IPv6, separated by blanks",
                        "",
                        "The servers and relay agents that may answer; without any for an IP version, all may."),
                new OptionSpec(ROGUES, "drop or report", "drop", "What becomes of the messages of other servers."),
                new OptionSpec(
                        TIMEOUT, "seconds, 1 to 86400", "60", "How long a conversation waits for its next message."),
                new OptionSpec(MAX_TRANSACTIONS, "1 to 10000000", "16384", "How many conversations are kept at once."),
                new OptionSpec(MAX_LEASES, "1 to 10000000", "65536", "How many leases are kept at once."));
    }

    /** Client and server are in different flows, and so with different workers. */
    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Classifier create(Map<String, String> options) {
        PlugInOptions given = new PlugInOptions(name(), options);
        DhcpClassifier.Builder builder = DhcpClassifier.builder()
                .servers(given.words(SERVERS))
                .transactionTimeout(Duration.ofSeconds(given.number(TIMEOUT, 60, 1, 86_400)))
                .limits(
                        given.number(MAX_TRANSACTIONS, 16_384, 1, 10_000_000),
                        given.number(MAX_LEASES, 65_536, 1, 10_000_000));
        if (given.choice(ROGUES, "drop", "drop", "report").equals("report")) {
            builder.reportRoguesOnly();
        }
        return builder.build();
    }
}
