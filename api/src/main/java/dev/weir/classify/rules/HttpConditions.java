package dev.weir.classify.rules;

import dev.weir.classify.regex.RegexMatches;
import dev.weir.classify.rules.FlowContent.Half;
import dev.weir.packet.Bytes;
import dev.weir.packet.http.HttpHeadView;
import java.nio.ByteBuffer;

/** Tells which conditions hold for the head of an HTTP request. Used by one thread. */
final class HttpConditions {
    private final ContentRules rules;
    private final ContentReader reader;
    private final RegexMatches values;
    private final RegexMatches lines;
    private final Bytes window = new Bytes();
    private final Bytes name = new Bytes();
    private final Bytes plain = new Bytes();
    private ByteBuffer buffer = ByteBuffer.allocate(256);

    HttpConditions(ContentRules rules, ContentReader reader) {
        this.rules = rules;
        this.reader = reader;
        Expressions ofFields = rules.expressions(ConditionType.HTTP_HEADER_CONTAINS);
        values = ofFields == null ? null : ofFields.newMatches();
        lines = rules.headerLines() == null ? null : rules.headerLines().newMatches();
    }

    void request(HttpHeadView head, FlowContent content, Half half) {
        find(ConditionType.HTTP_METHOD, head.method(window), content, half);
        if (head.host(window)) {
            find(ConditionType.HTTP_HOST, window, content, half);
        }
        if (rules.expressions(ConditionType.HTTP_URI_REGEX) != null) {
            find(ConditionType.HTTP_URI_REGEX, head.target(window), content, half);
            if (decode(window)) {
                find(ConditionType.HTTP_URI_REGEX, plain, content, half);
            }
        }
        if (values != null || lines != null) {
            for (int field = 0; field < head.fieldCount(); field++) {
                head.fieldName(field, name);
                field(unfolded(head.fieldValue(field, window)), content, half);
            }
        }
    }

    private void find(ConditionType type, Bytes bytes, FlowContent content, Half half) {
        reader.find(type, bytes, 0, bytes.length(), content, half);
    }

    private void field(Bytes value, FlowContent content, Half half) {
        if (values != null) {
            Expressions expressions = rules.expressions(ConditionType.HTTP_HEADER_CONTAINS);
            values.clear();
            expressions.set().find(value, 0, value.length(), values, reader.budget());
            for (int number = values.next(0); number >= 0; number = values.next(number + 1)) {
                if (isName(expressions.name(number))) {
                    content.holds(half, rules, expressions.condition(number));
                }
            }
        }
        if (lines != null) {
            Bytes line = line(value);
            lines.clear();
            rules.headerLines().set().find(line, 0, line.length(), lines, reader.budget());
            for (int number = lines.next(0); number >= 0; number = lines.next(number + 1)) {
                content.holds(half, rules, rules.headerLines().condition(number));
            }
        }
    }

    private boolean isName(String lowerCase) {
        if (name.length() != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            int value = name.u8(i);
            if ((value >= 'A' && value <= 'Z' ? value + 'a' - 'A' : value) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The name, a colon, a space and the value, however they were sent. */
    private Bytes line(Bytes value) {
        ByteBuffer line = room(name.length() + 2 + value.length() * 2);
        // The value may stand in the buffer itself, where it was unfolded: its copy goes behind it.
        int start = value.length();
        line.position(start);
        name.get(0, line, name.length());
        line.put((byte) ':').put((byte) ' ');
        if (value == plain) {
            line.put(line.position(), line, 0, value.length());
            line.position(line.position() + value.length());
        } else {
            value.get(0, line, value.length());
        }
        return plain.wrap(line, start, line.position() - start);
    }

    /** A value in several lines, with a space in place of each line end and the white space around it (RFC 9112, 5.2). */
    private Bytes unfolded(Bytes value) {
        int length = value.length();
        boolean folded = false;
        for (int i = 0; i < length && !folded; i++) {
            folded = value.u8(i) == '\n';
        }
        if (!folded) {
            return value;
        }
        ByteBuffer text = room(length);
        for (int i = 0; i < length; i++) {
            int octet = value.u8(i);
            boolean space = octet == '\r' || octet == '\n' || octet == ' ' || octet == '\t';
            boolean afterSpace = text.position() > 0 && text.get(text.position() - 1) == ' ';
            if (!space || !afterSpace) {
                text.put((byte) (space ? ' ' : octet));
            }
        }
        return plain.wrap(text, 0, text.position());
    }

    /** Puts the target with its percent signs decoded into {@link #plain}; false when it has none. */
    private boolean decode(Bytes target) {
        int length = target.length();
        ByteBuffer text = room(length);
        boolean encoded = false;
        for (int i = 0; i < length; i++) {
            int octet = target.u8(i);
            int high = octet == '%' && i + 2 < length ? Character.digit(target.u8(i + 1), 16) : -1;
            int low = high >= 0 ? Character.digit(target.u8(i + 2), 16) : -1;
            if (low >= 0) {
                octet = high << 4 | low;
                i += 2;
                encoded = true;
            }
            text.put((byte) octet);
        }
        plain.wrap(text, 0, text.position());
        return encoded;
    }

    /** An empty buffer; grows to the longest that was needed, at most twice a head. */
    private ByteBuffer room(int bytes) {
        if (buffer.capacity() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(bytes, buffer.capacity() * 2));
            larger.put(0, buffer, 0, buffer.capacity());
            buffer = larger;
        }
        return buffer.clear();
    }
}
