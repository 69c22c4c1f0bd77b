package dev.weir.classify.dns;

import dev.weir.Classifier;
import dev.weir.ClassifierProvider;
import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.classify.options.PlugInOptions;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The plug-in {@code dns}. */
public final class DnsClassifierProvider implements ClassifierProvider {
    private static final String BLOCK = "block";
    private static final String BLOCK_NAMES = "block-names";
    private static final String BLOCK_DOMAINS = "block-domains";
    private static final String BLOCK_ADDRESSES = "block-addresses";
    private static final String BLOCK_LISTS = "block-lists";
    private static final String BLOCK_DOMAIN_LISTS = "block-domain-lists";
    private static final String ALLOW_NAMES = "allow-names";
    private static final String ALLOW_DOMAINS = "allow-domains";
    private static final String ALLOW_LISTS = "allow-lists";
    private static final String BLOCKING = "blocking";
    private static final String MALFORMED = "malformed";
    private static final String PORTS = "ports";

    private static final String NAMES = "names, separated by blanks";
    private static final String FILES = "files, separated by blanks";

    /** For {@link java.util.ServiceLoader}. */
    public DnsClassifierProvider() {}

    @Override
    public String name() {
        return "dns";
    }

    @Override
    public String description() {
        return "blocks DNS queries and answers by name, domain, regular expression, address and lists from files";
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
                new OptionSpec(
                        BLOCK,
                        "regular expressions, separated by blanks",
                        "",
                        "Blocks names that one of them matches as a whole, for example malicious-.*\\.com."),
                new OptionSpec(BLOCK_NAMES, NAMES, "", "Blocks these names."),
                new OptionSpec(BLOCK_DOMAINS, NAMES, "", "Blocks these domains with all names below them."),
                new OptionSpec(
                        BLOCK_ADDRESSES,
                        "address prefixes, separated by blanks",
                        "",
                        "Blocks answers with an address within one of these, for example 192.0.2.0/24."),
                new OptionSpec(
                        BLOCK_LISTS,
                        FILES,
                        "",
                        "Blocks the names in these files: a name, .name (and all below) or *.name (all below) a line, or"
                                + " a hosts file."),
                new OptionSpec(
                        BLOCK_DOMAIN_LISTS,
                        FILES,
                        "",
                        "As block-lists, with a name standing for all names below it as well."),
                new OptionSpec(ALLOW_NAMES, NAMES, "", "Never blocks these names."),
                new OptionSpec(ALLOW_DOMAINS, NAMES, "", "Never blocks these domains and the names below them."),
                new OptionSpec(ALLOW_LISTS, FILES, "", "Never blocks the names in these files."),
                new OptionSpec(
                        BLOCKING,
                        "drop, reject or nxdomain",
                        "drop",
                        "What becomes of what is blocked; nxdomain lets queries pass and has the answer say that there is"
                                + " no such name."),
                new OptionSpec(
                        MALFORMED, "accept or drop", "accept", "What becomes of what cannot be read as a whole."),
                new OptionSpec(
                        PORTS,
                        "1 to 65535, separated by blanks",
                        "53 5353 5355",
                        "On which ports, of either side, DNS is spoken."));
    }

    /** The lists may be large, and are there once for all workers. */
    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public Classifier create(Map<String, String> options) {
        PlugInOptions given = new PlugInOptions(name(), options);
        DnsPolicy.Builder policy = DnsPolicy.builder();
        given.words(BLOCK).forEach(policy::blockPattern);
        given.words(BLOCK_NAMES).forEach(policy::blockName);
        given.words(BLOCK_DOMAINS).forEach(policy::blockDomain);
        given.words(BLOCK_ADDRESSES).forEach(policy::blockAddresses);
        given.words(BLOCK_LISTS).forEach(file -> policy.blockList(path(file)));
        given.words(BLOCK_DOMAIN_LISTS).forEach(file -> policy.blockDomainList(path(file)));
        given.words(ALLOW_NAMES).forEach(policy::allowName);
        given.words(ALLOW_DOMAINS).forEach(policy::allowDomain);
        given.words(ALLOW_LISTS).forEach(file -> policy.allowList(path(file)));
        String blocking = given.choice(BLOCKING, "drop", "drop", "reject", "nxdomain");
        DnsClassifier.Builder builder = DnsClassifier.builder()
                .policy(policy.build())
                .blocking(DnsBlocking.valueOf(blocking.toUpperCase(Locale.ROOT)));
        if (given.choice(MALFORMED, "accept", "accept", "drop").equals("drop")) {
            builder.dropMalformed();
        }
        Set<Integer> ports = Set.copyOf(given.numbers(PORTS, 1, 65_535));
        return (ports.isEmpty() ? builder : builder.ports(ports)).build();
    }

    private static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new WeirException("not a file name: " + file, e);
        }
    }
}
