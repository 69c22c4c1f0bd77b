package dev.weir.classify.rules;

import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rules as text, one a line:
 *
 * <pre>
 * # comment
 * no-telnet: reject flow tcp_dst_port 23 2323 and ip_src_in 10.0.0.0/8 fd00::/8
 * admin:     accept http_host intranet.example and http_uri_regex "^/admin(/|$)"
 * voice:     mark 0x10/0xff udp_dst_port 5060-5061
 * rest:      drop
 * </pre>
 *
 * <p>A rule has an id, a colon, an action ({@code accept}, {@code drop}, {@code reject}, {@code mark NUMBER[/MASK]}), the word
 * {@code flow} when it is to decide the whole flow, and conditions with {@code and} in between: a type
 * ({@link ConditionType#text()}) and its values, any of which is enough. A word with blanks in it, a semicolon or a hash stands
 * in quotation marks, in which {@code \"} is one; other backslashes stay. Rules may also be separated by semicolons.
 */
public final class RuleText {
    private final String line;
    private final int number;
    private int at;

    private RuleText(String line, int number) {
        this.line = line;
        this.number = number;
    }

    /**
     * Reads rules.
     *
     * @throws WeirException for the first line that is wrong, with its number and what is allowed
     */
    public static List<Rule> parse(String text) {
        List<Rule> rules = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\r?\n", -1)) {
            new RuleText(line, ++number).readInto(rules);
        }
        return rules;
    }

    private void readInto(List<Rule> rules) {
        List<Word> words = new ArrayList<>();
        Word word;
        do { // each round reads a word, or comes to the end of the line
            word = next();
            if (word == null || word.isPlain(";")) {
                if (!words.isEmpty()) {
                    rules.add(rule(words));
                    words.clear();
                }
            } else {
                words.add(word);
            }
        } while (word != null);
    }

    /** A word, and whether it stood in quotation marks, where it has no meaning of its own. */
    private record Word(String text, boolean quoted) {
        boolean isPlain(String word) {
            return !quoted && text.equals(word);
        }
    }

    /** The next word; null at the end of the line and at a comment. */
    private Word next() {
        while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
            at++;
        }
        if (at == line.length() || line.charAt(at) == '#') {
            at = line.length();
            return null;
        }
        char first = line.charAt(at);
        if (first == ';') {
            at++;
            return new Word(";", false);
        }
        return first == '"' ? quoted() : plain();
    }

    private Word plain() {
        int start = at;
        while (at < line.length() && !Character.isWhitespace(line.charAt(at)) && line.charAt(at) != ';') {
            at++;
        }
        return new Word(line.substring(start, at), false);
    }

    private Word quoted() {
        StringBuilder text = new StringBuilder();
        for (at++; at < line.length() && line.charAt(at) != '"'; at++) {
            if (line.startsWith("\\\"", at)) {
                at++;
            }
            text.append(line.charAt(at));
        }
        if (at == line.length()) {
            throw error("a quotation mark is not closed");
        }
        at++;
        if (at < line.length() && line.charAt(at) == ':') { // of an id
            at++;
            return new Word(text.append(':').toString(), true);
        }
        return new Word(text.toString(), true);
    }

    private Rule rule(List<Word> words) {
        String id = words.get(0).text;
        if (!id.endsWith(":") || id.length() == 1) {
            throw error("a rule begins with its id and a colon, as in \"no-telnet: drop tcp_dst_port 23\"");
        }
        if (words.size() < 2) {
            throw error("an action is missing: accept, drop, reject or mark");
        }
        try {
            Rule.Builder rule = Rule.named(id.substring(0, id.length() - 1));
            int next = 2;
            Verdict verdict =
                    switch (words.get(1).text) {
                        case "accept" -> Verdict.ACCEPT;
                        case "drop" -> Verdict.DROP;
                        case "reject" -> Verdict.REJECT;
                        case "mark" -> mark(words.size() > next ? words.get(next++).text : "");
                        default ->
                            throw new WeirException(
                                    "\"" + words.get(1).text + "\" is not an action: accept, drop, reject or mark");
                    };
            if (words.size() > next && words.get(next).isPlain("flow")) {
                rule.forFlow();
                next++;
            }
            conditions(rule, words.subList(next, words.size()));
            return rule.then(verdict);
        } catch (WeirException e) {
            throw error(e.getMessage());
        }
    }

    private static Verdict mark(String text) {
        String[] parts = text.split("/", 2);
        try {
            int mask = parts.length == 1 ? -1 : number(parts[1]);
            return new Verdict.Mark(number(parts[0]), mask, Verdict.Scope.PACKET, Reason.NONE);
        } catch (NumberFormatException e) {
            throw new WeirException(
                    "\"" + text + "\" is not a mark: a number with or without a mask, 16 or 0x10/0xff", e);
        }
    }

    private static int number(String text) {
        long value = Long.decode(text);
        if (value < 0 || value > 0xffff_ffffL) {
            throw new NumberFormatException(text);
        }
        return (int) value;
    }

    private static void conditions(Rule.Builder rule, List<Word> words) {
        int at = 0;
        while (at < words.size()) { // each round reads a condition
            String name = words.get(at++).text;
            ConditionType type = ConditionType.named(name)
                    .orElseThrow(() -> new WeirException(
                            "\"" + name + "\" is not a condition: " + String.join(", ", ConditionType.texts())));
            List<String> values = new ArrayList<>();
            while (at < words.size() && !words.get(at).isPlain("and")) {
                values.add(words.get(at++).text);
            }
            rule.when(type, values);
            if (at < words.size() && ++at == words.size()) {
                throw new WeirException("a condition is missing behind \"and\"");
            }
        }
    }

    private WeirException error(String what) {
        return new WeirException("line " + number + ": " + what);
    }
}
