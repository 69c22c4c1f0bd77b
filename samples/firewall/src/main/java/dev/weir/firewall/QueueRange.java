package dev.weir.firewall;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Some queues in a row.
 *
 * @param first 0 to 65,535
 * @param last at least first
 */
record QueueRange(int first, int last) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
    private static final int NUMBER_MAX = 65_535;

    boolean overlaps(QueueRange other) {
        return first <= other.last && other.first <= last;
    }

    boolean contains(int number) {
        return first <= number && number <= last;
    }

    /** {@code 0-3}, or {@code 0} for one. */
    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }

    /** For the command line. */
    static final class Converter implements ITypeConverter<QueueRange> {
        @Override
        public QueueRange convert(String text) {
            Matcher matcher = TEXT.matcher(text);
            if (matcher.matches()) {
                int first = Integer.parseInt(matcher.group(1));
                int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
                if (first <= last && last <= NUMBER_MAX) {
                    return new QueueRange(first, last);
                }
            }
            throw new TypeConversionException(
                    "a queue is a number, 0, or some in a row, 0-3, up to 65535; not " + text);
        }
    }
}
