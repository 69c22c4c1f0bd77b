package dev.weir.classify.rules;

import dev.weir.WeirException;
import dev.weir.classify.regex.Regex;
import dev.weir.classify.regex.Regex.Option;
import java.util.Locale;
import java.util.regex.Pattern;

/** The values of conditions about content, as regular expressions. */
final class ContentValue {
    private static final Pattern JA3 = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern JA4 =
            Pattern.compile("[tqd][0-9s][0-9][di][0-9]{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}");
    private static final Pattern NAME = Pattern.compile("(\\*?\\.)?[\\p{Alnum}_-]([\\p{Alnum}._-]*[\\p{Alnum}_-])?");
    private static final Pattern ADDRESS = Pattern.compile("\\[[0-9A-Fa-f:.]+]");
    private static final Pattern METHOD = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}");

    private ContentValue() {}

    /** @throws WeirException when the value is none of its type; says what is allowed */
    static Regex parse(ConditionType type, String value) {
        return switch (type) {
            case PAYLOAD_REGEX, HTTP_URI_REGEX -> Regex.compile(value);
            case HTTP_METHOD -> literal(METHOD, value, "a method, such as POST");
            case HTTP_HOST, TLS_SNI, DNS_QUERY -> name(value);
            case HTTP_HEADER_CONTAINS -> contains(value);
            case TLS_JA3 -> literal(JA3, value, "a JA3, 32 hexadecimal digits in lower case");
            case TLS_JA4 -> literal(JA4, value, "a JA4, such as t13d1516h2_8daaf6152771_e5627efa2ab1");
            default -> throw new IllegalArgumentException(type + " is not about content");
        };
    }

    private static Regex literal(Pattern allowed, String value, String what) {
        if (!allowed.matcher(value).matches()) {
            throw new WeirException("\"" + value + "\" is not " + what);
        }
        return Regex.compile(quote(value), Option.WHOLE);
    }

    private static Regex name(String value) {
        if (value.length() > 2 && value.startsWith("/") && value.endsWith("/")) {
            return Regex.compile(value.substring(1, value.length() - 1), Option.CASE_INSENSITIVE);
        }
        if (!NAME.matcher(value).matches() && !ADDRESS.matcher(value).matches()) {
            throw new WeirException(
                    "\"" + value
                            + "\" is neither a name (example.org, *.example.org, .example.org) nor an expression between slashes");
        }
        String pattern = value.startsWith("*.")
                ? ".+" + quote(value.substring(1))
                : value.startsWith(".") ? "(?:.+\\.)?" + quote(value.substring(1)) : quote(value);
        // The dot of the root, which may end a name, makes no other name of it.
        return Regex.compile(pattern + "\\.?", Option.WHOLE, Option.CASE_INSENSITIVE);
    }

    /** The field's name in {@code name: text}; empty where any field will do. */
    static String fieldName(String value) {
        int colon = value.indexOf(':');
        String name = colon < 0 ? "" : value.substring(0, colon).strip();
        return METHOD.matcher(name).matches() ? name.toLowerCase(Locale.ROOT) : "";
    }

    private static Regex contains(String value) {
        String text = fieldName(value).isEmpty()
                ? value
                : value.substring(value.indexOf(':') + 1).strip();
        if (text.isEmpty()) {
            throw new WeirException("\"" + value + "\" says nothing that a field could contain");
        }
        return Regex.compile(quote(text), Option.CASE_INSENSITIVE);
    }

    private static String quote(String text) {
        return "\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E";
    }
}
