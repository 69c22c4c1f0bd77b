package dev.weir.classify.tls;

import dev.weir.Classifier;
import dev.weir.ClassifierProvider;
import dev.weir.OptionSpec;
import dev.weir.Verdict;
import dev.weir.classify.options.PlugInOptions;
import java.util.List;
import java.util.Map;

/** The plug-in {@code tls}. */
public final class TlsClassifierProvider implements ClassifierProvider {
    private static final String BLOCK = "block";
    private static final String BLOCK_NAMES = "block-names";
    private static final String BLOCK_DOMAINS = "block-domains";
    private static final String BLOCK_JA3 = "block-ja3";
    private static final String BLOCK_JA4 = "block-ja4";
    private static final String BLOCKING = "blocking";
    private static final String HOLD = "hold";
    private static final String QUIC = "quic";
    private static final String HELLO_BYTES = "hello-bytes";

    private static final String NAMES = "names, separated by blanks";
    private static final String YES_OR_NO = "yes or no";

    /** For {@link java.util.ServiceLoader}. */
    public TlsClassifierProvider() {}

    @Override
    public String name() {
        return "tls";
    }

    @Override
    public String description() {
        return "names the application of TLS and QUIC flows, and blocks clients by server name, JA3 and JA4";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
                new OptionSpec(
                        BLOCK,
                        "regular expressions, separated by blanks",
                        "",
                        "Blocks who asks for a name that one of them matches as a whole, for example ads-.*\\.com."),
                new OptionSpec(BLOCK_NAMES, NAMES, "", "Blocks who asks for one of these names."),
                new OptionSpec(BLOCK_DOMAINS, NAMES, "", "Blocks who asks for one of these domains or a name below."),
                new OptionSpec(
                        BLOCK_JA3,
                        "MD5 in 32 hexadecimal digits, separated by blanks",
                        "",
                        "Blocks clients with one of these JA3 fingerprints."),
                new OptionSpec(
                        BLOCK_JA4,
                        "fingerprints such as t13d1516h2_8daaf6152771_e5627efa2ab1, separated by blanks",
                        "",
                        "Blocks clients with one of these JA4 fingerprints."),
                new OptionSpec(BLOCKING, "drop or reject", "drop", "What becomes of a blocked client's flow."),
                new OptionSpec(
                        HOLD,
                        YES_OR_NO,
                        "no",
                        "Whether all packets of a hello wait until it is there as a whole, or all but the last pass."),
                new OptionSpec(QUIC, YES_OR_NO, "yes", "Whether QUIC is read as well."),
                new OptionSpec(HELLO_BYTES, "1024 to 65536", "16384", "The largest hello that is read."));
    }

    /** The policy is there once for all workers. */
    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Classifier create(Map<String, String> options) {
        PlugInOptions given = new PlugInOptions(name(), options);
        boolean rejects = given.choice(BLOCKING, "drop", "drop", "reject").equals("reject");
        TlsPolicy.Builder policy = TlsPolicy.builder().blocking(rejects ? Verdict.REJECT.forFlow() : Verdict.DROP_FLOW);
        given.words(BLOCK).forEach(policy::blockPattern);
        given.words(BLOCK_NAMES).forEach(policy::blockName);
        given.words(BLOCK_DOMAINS).forEach(policy::blockDomain);
        given.words(BLOCK_JA3).forEach(policy::blockJa3);
        given.words(BLOCK_JA4).forEach(policy::blockJa4);
        TlsClassifier.Builder builder = TlsClassifier.builder()
                .policy(policy.build())
                .helloLimitBytes(given.number(HELLO_BYTES, 16_384, 1_024, 65_536));
        if (given.isYes(HOLD, "no")) {
            builder.hold();
        }
        if (!given.isYes(QUIC, "yes")) {
            builder.withoutQuic();
        }
        return builder.build();
    }
}
