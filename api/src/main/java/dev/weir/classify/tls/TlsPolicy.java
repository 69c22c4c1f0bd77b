package dev.weir.classify.tls;

import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.regex.Regex;
import dev.weir.classify.regex.RegexMatches;
import dev.weir.classify.regex.RegexSet;
import dev.weir.classify.regex.StepBudget;
import dev.weir.packet.Bytes;
import dev.weir.packet.tls.ClientHelloView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which clients are blocked: by the name they ask for, by JA3, by JA4. Immutable; any thread. Names are compared in either
 * case; how many there are does not matter. A client is judged by its name first.
 */
public final class TlsPolicy {
    /** Blocks nothing. */
    public static final TlsPolicy NONE = builder().build();

    /** Longer ones are no names of hosts (RFC 1035, 2.3.4) and match no rule but a regular expression. */
    private static final int MAX_NAME_LENGTH = 255;

    private static final Pattern JA3 = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern JA4 =
            Pattern.compile("[tq][0-9s]{2}[di][0-9]{4}[0-9a-zA-Z]{2}_[0-9a-f]{12}_[0-9a-f]{12}");

    private final ByteKeys<Verdict> names;
    private final ByteKeys<Verdict> domains;
    private final RegexSet patterns;
    private final Verdict[] patternVerdicts;
    private final ByteKeys<Verdict> ja3s;
    private final ByteKeys<Verdict> ja4s;

    private TlsPolicy(Builder builder) {
        names = builder.names;
        domains = builder.domains;
        patterns = builder.patterns.isEmpty() ? null : RegexSet.of(builder.patterns);
        patternVerdicts = builder.patternVerdicts.toArray(new Verdict[0]);
        ja3s = builder.ja3s;
        ja4s = builder.ja4s;
    }

    /** Sets up a policy. */
    public static Builder builder() {
        return new Builder();
    }

    /** What one thread looks names up with. */
    static final class Scratch {
        private final byte[] name = new byte[MAX_NAME_LENGTH];
        private final StepBudget budget = new StepBudget();
        private RegexSet set;
        private RegexMatches matches;

        private RegexMatches matches(RegexSet patterns) {
            if (set != patterns) {
                set = patterns;
                matches = new RegexMatches(patterns);
            }
            matches.clear();
            budget.renew();
            return matches;
        }
    }

    /** True when {@link #judge} looks at the fingerprint JA3, which otherwise need not be computed. */
    boolean usesJa3() {
        return !ja3s.isEmpty();
    }

    /**
     * What becomes of a client; null for no opinion.
     *
     * @param ja3 has read the hello where {@link #usesJa3()}
     * @param ja4 has read the hello
     */
    Verdict judge(ClientHelloView hello, Ja3 ja3, Ja4 ja4, Scratch scratch) {
        Verdict verdict = hello.serverNameLength() == 0 ? null : judgeName(hello, scratch);
        if (verdict == null && usesJa3()) {
            byte[] digest = ja3.digest();
            verdict = ja3s.get(digest, 0, digest.length);
        }
        if (verdict == null && !ja4s.isEmpty()) {
            verdict = ja4s.get(ja4.bytes(), 0, Ja4.LENGTH);
        }
        return verdict;
    }

    private Verdict judgeName(ClientHelloView hello, Scratch scratch) {
        Bytes message = hello.message();
        int offset = hello.serverNameOffset();
        int length = hello.serverNameLength();
        if (length > 1 && message.u8(offset + length - 1) == '.') {
            length--; // not allowed (RFC 6066, 3), and the same name
        }
        Verdict verdict = length > MAX_NAME_LENGTH ? null : listed(message, offset, length, scratch.name);
        if (verdict == null && patterns != null) {
            RegexMatches matches = scratch.matches(patterns);
            patterns.find(message, offset, length, matches, scratch.budget);
            int first = matches.next(0);
            verdict = first < 0 ? null : patternVerdicts[first];
        }
        return verdict;
    }

    private Verdict listed(Bytes message, int offset, int length, byte[] name) {
        if (names.isEmpty() && domains.isEmpty()) {
            return null;
        }
        Verdict below = null;
        int hash = 0;
        for (int i = length - 1; i >= 0; i--) {
            int c = message.u8(offset + i);
            name[i] = (byte) (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
            hash = ByteKeys.extend(hash, name[i]);
            if (i == 0 || message.u8(offset + i - 1) == '.') {
                Verdict domain = domains.get(name, i, length - i, hash);
                below = domain != null ? domain : below; // the longest domain says it best
            }
        }
        Verdict exact = names.get(name, 0, length, hash);
        return exact != null ? exact : below;
    }

    /** Collects what is blocked. Not thread-safe. */
    public static final class Builder {
        private final ByteKeys<Verdict> names = new ByteKeys<>();
        private final ByteKeys<Verdict> domains = new ByteKeys<>();
        private final List<Regex> patterns = new ArrayList<>();
        private final List<Verdict> patternVerdicts = new ArrayList<>();
        private final ByteKeys<Verdict> ja3s = new ByteKeys<>();
        private final ByteKeys<Verdict> ja4s = new ByteKeys<>();
        private Verdict blocking = Verdict.DROP_FLOW;

        private Builder() {}

        /**
         * What becomes of what is blocked by the rules that are added from here on: {@link Verdict#DROP_FLOW}, the
         * standard, or another verdict that decides.
         */
        public Builder blocking(Verdict verdict) {
            if (!verdict.decides()) {
                throw new WeirException("tls: " + verdict.kind() + " decides nothing and cannot block");
            }
            blocking = verdict;
            return this;
        }

        /** Blocks who asks for this name, and not for those below it. */
        public Builder blockName(String name) {
            names.put(name(name), because("name " + name));
            return this;
        }

        /** Blocks who asks for this domain or a name below it. */
        public Builder blockDomain(String domain) {
            domains.put(name(domain), because("domain " + domain));
            return this;
        }

        /**
         * Blocks who asks for a name that a regular expression matches, as a whole and in either case; see {@link Regex}
         * for what can be written.
         *
         * @throws WeirException for what is no regular expression
         */
        public Builder blockPattern(String pattern) {
            patterns.add(Regex.compile(pattern, Regex.Option.WHOLE, Regex.Option.CASE_INSENSITIVE));
            patternVerdicts.add(because("pattern " + pattern));
            return this;
        }

        /** Blocks clients with this JA3, given as the MD5 in 32 hexadecimal digits. */
        public Builder blockJa3(String hash) {
            String digits = hash.toLowerCase(Locale.ROOT);
            if (!JA3.matcher(digits).matches()) {
                throw new WeirException("tls: a JA3 is an MD5, 32 hexadecimal digits, not " + hash);
            }
            ja3s.put(HexFormat.of().parseHex(digits), because("ja3 " + digits));
            return this;
        }

        /** Blocks clients with this JA4, for example {@code t13d1516h2_8daaf6152771_e5627efa2ab1}. */
        public Builder blockJa4(String fingerprint) {
            if (!JA4.matcher(fingerprint).matches()) {
                throw new WeirException(
                        "tls: a JA4 reads like t13d1516h2_8daaf6152771_e5627efa2ab1, not " + fingerprint);
            }
            ja4s.put(fingerprint.getBytes(StandardCharsets.US_ASCII), because("ja4 " + fingerprint));
            return this;
        }

        private Verdict because(String rule) {
            return blocking.because("tls", rule);
        }

        private static byte[] name(String text) {
            String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
            if (name.isEmpty()
                    || name.length() > MAX_NAME_LENGTH
                    || name.startsWith(".")
                    || name.contains("..")
                    || !name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '*')) {
                throw new WeirException("tls: not the name of a host: \"" + text
                        + "\"; international names are written as they are sent (xn--…), what is below a domain is"
                        + " blocked with the domain");
            }
            return name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
        }

        /** The policy. The builder is then to be thrown away. */
        public TlsPolicy build() {
            return new TlsPolicy(this);
        }
    }
}
