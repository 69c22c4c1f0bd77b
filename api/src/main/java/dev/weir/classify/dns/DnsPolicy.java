package dev.weir.classify.dns;

import dev.weir.Reason;
import dev.weir.WeirException;
import dev.weir.classify.regex.Regex;
import dev.weir.classify.regex.RegexMatches;
import dev.weir.classify.regex.RegexSet;
import dev.weir.classify.regex.StepBudget;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dns.DnsName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which names and addresses are blocked. Immutable; any thread.
 *
 * <p>What is allowed wins over what is blocked. Of several rules that block a name, one with the longest name is told as the
 * reason, before a regular expression.
 *
 * <p>Memory: a name of {@code n} bytes takes {@code n + 9.7} bytes, from a file as well as from a call; a million names of 20
 * bytes take 30 MB. While it is built, up to twice that.
 */
public final class DnsPolicy {
    /** Blocks nothing. */
    public static final DnsPolicy NOTHING = builder().build();

    private final List<Rule> rules;
    private final NameTable blocked;
    private final NameTable allowed;
    private final RegexSet patterns;
    private final int[] patternRules;
    private final AddressTable addresses;

    private DnsPolicy(Builder builder) {
        rules = List.copyOf(builder.rules);
        blocked = builder.blocked.build();
        allowed = builder.allowed.build();
        patterns = builder.patterns.isEmpty() ? null : RegexSet.of(builder.patterns);
        patternRules = builder.patternRules.stream().mapToInt(rule -> rule).toArray();
        addresses = builder.addresses.build();
    }

    /** Collects rules. */
    public static Builder builder() {
        return new Builder();
    }

    /** Why a name is blocked, or null when it is not. Allocates; for tools and tests. */
    public Reason blocks(String name) {
        return reason(find(DnsName.of(name), new Scratch()));
    }

    /** Why an address is blocked, or null when it is not. */
    public Reason blocks(IpAddress address) {
        return reason(find(address.high(), address.low()));
    }

    private Reason reason(int rule) {
        return rule < 0 ? null : rules.get(rule).reason;
    }

    /** Names that are blocked or allowed, each counted once for itself and once for what lies below it. */
    public int nameCount() {
        return blocked.size() + allowed.size();
    }

    /** Bytes that the names take. */
    public long nameBytes() {
        return blocked.memoryBytes() + allowed.memoryBytes();
    }

    /** How often the regular expressions ran out of their budget for a message; the names then counted as not matching. */
    public long undecided() {
        return patterns == null ? 0 : patterns.exhausted();
    }

    /** What finding a name needs and one thread has. */
    static final class Scratch {
        final StepBudget budget = new StepBudget();
        private RegexSet set;
        private RegexMatches matches;

        private RegexMatches matches(RegexSet set) {
            if (this.set != set) {
                this.set = set;
                matches = new RegexMatches(set);
            }
            matches.clear();
            return matches;
        }
    }

    Rule rule(int number) {
        return rules.get(number);
    }

    /** The number of the rule that blocks a name, or -1. Does not allocate once the scratch has seen this policy. */
    int find(DnsName name, Scratch scratch) {
        int rule = blocked.find(name);
        if (rule < 0 && patterns != null) {
            RegexMatches matches = scratch.matches(patterns);
            patterns.find(name.text(), 0, name.length(), matches, scratch.budget);
            int first = matches.next(0);
            rule = first < 0 ? -1 : patternRules[first];
        }
        return rule >= 0 && allowed.find(name) >= 0 ? -1 : rule;
    }

    int find(long addressHigh, long addressLow) {
        return addresses.isEmpty() ? -1 : addresses.find(addressHigh, addressLow);
    }

    boolean blocksAddresses() {
        return !addresses.isEmpty();
    }

    /** Collects rules. Not thread-safe. */
    public static final class Builder {
        private final List<Rule> rules = new ArrayList<>();
        private final NameTable.Builder blocked = new NameTable.Builder();
        private final NameTable.Builder allowed = new NameTable.Builder();
        private final List<Regex> patterns = new ArrayList<>();
        private final List<Integer> patternRules = new ArrayList<>();
        private final AddressTable.Builder addresses = new AddressTable.Builder();

        private Builder() {}

        private int rule(String text) {
            if (rules.size() > NameTable.MAX_RULE) {
                throw new WeirException("more than " + (NameTable.MAX_RULE + 1)
                        + " rules: put the names into a file, which is one rule");
            }
            rules.add(new Rule(new Reason("dns", text)));
            return rules.size() - 1;
        }

        /** Blocks this name, and not those below it. Refuses what is no name. */
        public Builder blockName(String name) {
            blocked.add(DnsName.of(name), NameTable.EXACT, rule("name " + name));
            return this;
        }

        /** Blocks this domain and all names below it. Refuses what is no name. */
        public Builder blockDomain(String domain) {
            blocked.add(DnsName.of(domain), NameTable.EXACT | NameTable.BELOW, rule("domain " + domain));
            return this;
        }

        /**
         * Blocks the names that a regular expression matches, as a whole and in either case: {@code malicious-.*\.com} blocks
         * {@code malicious-ads.com}, and not {@code www.malicious-ads.com}. See {@link Regex} for what can be written.
         */
        public Builder blockPattern(String pattern) {
            patterns.add(Regex.compile(pattern, Regex.Option.WHOLE, Regex.Option.CASE_INSENSITIVE));
            patternRules.add(rule("pattern " + pattern));
            return this;
        }

        /** Blocks answers that have an address within this prefix, for example {@code 192.0.2.0/24}. */
        public Builder blockAddresses(String prefix) {
            addresses.add(prefix, rule("addresses " + prefix));
            return this;
        }

        /**
         * Blocks the names in a file. A line is a name, {@code .name} for it and all below it, {@code *.name} for all below
         * it, or an address and names as in a hosts file; {@code #} begins a comment. A million lines take about a second.
         *
         * @throws WeirException when the file cannot be read, or a line is no such; says which
         */
        public Builder blockList(Path file) {
            return list(file, NameTable.EXACT, blocked, "list " + file.getFileName());
        }

        /** As {@link #blockList}, with a name alone in its line standing for all names below it as well. */
        public Builder blockDomainList(Path file) {
            return list(file, NameTable.EXACT | NameTable.BELOW, blocked, "list " + file.getFileName());
        }

        /** Never blocks this name. */
        public Builder allowName(String name) {
            allowed.add(DnsName.of(name), NameTable.EXACT, 0);
            return this;
        }

        /** Never blocks this domain and the names below it. */
        public Builder allowDomain(String domain) {
            allowed.add(DnsName.of(domain), NameTable.EXACT | NameTable.BELOW, 0);
            return this;
        }

        /** Never blocks the names in a file; see {@link #blockList}. */
        public Builder allowList(Path file) {
            return list(file, NameTable.EXACT, allowed, null);
        }

        private Builder list(Path file, int plainKinds, NameTable.Builder into, String reason) {
            int rule = reason == null ? 0 : rule(reason);
            NameList.read(file, plainKinds, (name, kinds) -> into.add(name, kinds, rule));
            return this;
        }

        /** The policy. The builder is then to be thrown away. */
        public DnsPolicy build() {
            return new DnsPolicy(this);
        }
    }
}
