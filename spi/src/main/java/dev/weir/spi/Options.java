package dev.weir.spi;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Options by name, checked against their descriptions; every refusal names the option and what is allowed. */
public final class Options {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*([kKmMgG]?)(i?[bB])?");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,15})(ns|us|µs|ms|s|m|h)");

    private final String owner;
    private final Map<String, OptionSpec> specs = new TreeMap<>();
    private final Map<String, String> values;

    private Options(String owner, List<OptionSpec> specs, Map<String, String> values) {
        this.owner = owner;
        specs.forEach(spec -> this.specs.put(spec.name(), spec));
        this.values = Map.copyOf(values);
    }

    /**
     * Checks names.
     *
     * @param owner who takes the options, for messages: {@code "afpacket"}
     * @throws WeirException for a name that is not described, with the list of those that are
     */
    public static Options of(String owner, List<OptionSpec> specs, Map<String, String> values) {
        Options options = new Options(owner, specs, values);
        for (String name : new TreeMap<>(values).keySet()) {
            if (!options.specs.containsKey(name)) {
                throw new WeirException(owner + " has no option \"" + name + "\"; "
                        + (specs.isEmpty()
                                ? "it takes none"
                                : "allowed: " + String.join(", ", options.specs.keySet())));
            }
        }
        return options;
    }

    /** True when the user gave the option. */
    public boolean isSet(String name) {
        return values.containsKey(name);
    }

    /** The value as given, else the standard one; empty when there is none. */
    public String text(String name) {
        String value = values.get(name);
        return value != null ? value : spec(name).standard();
    }

    /** One of the given words. */
    public String choice(String name, String... words) {
        String value = text(name);
        for (String word : words) {
            if (word.equals(value)) {
                return word;
            }
        }
        throw refused(name, value);
    }

    /** {@code true}, {@code false}, {@code on}, {@code off}, {@code yes}, {@code no}; an empty value is true. */
    public boolean flag(String name) {
        String value = text(name).toLowerCase(Locale.ROOT);
        return switch (value) {
            case "true", "on", "yes", "1" -> true;
            case "false", "off", "no", "0" -> false;
            case "" -> isSet(name);
            default -> throw refused(name, value);
        };
    }

    /** A whole number within bounds. */
    public int integer(String name, int least, int most) {
        String value = text(name);
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, with what is allowed
        }
        throw refused(name, value);
    }

    /** Thirty-two bits without a sign, decimal or hexadecimal: {@code 31}, {@code 0x1f}. */
    public int unsigned32(String name) {
        String value = text(name);
        try {
            return value.startsWith("0x")
                    ? Integer.parseUnsignedInt(value.substring(2), 16)
                    : Integer.parseUnsignedInt(value);
        } catch (NumberFormatException e) {
            throw refused(name, value);
        }
    }

    /** A number of bytes within bounds: {@code 65536}, {@code 64K}, {@code 1MiB}; K, M and G are powers of 1,024. */
    public long sizeBytes(String name, long least, long most) {
        String value = text(name);
        Matcher matcher = SIZE.matcher(value);
        if (matcher.matches()) {
            int shift =
                    switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
                        case "k" -> 10;
                        case "m" -> 20;
                        case "g" -> 30;
                        default -> 0;
                    };
            long number = Long.parseLong(matcher.group(1));
            if (number <= Long.MAX_VALUE >> shift) {
                long bytes = number << shift;
                if (bytes >= least && bytes <= most) {
                    return bytes;
                }
            }
        }
        throw refused(name, value);
    }

    /** A time within bounds, with its unit: {@code 500us}, {@code 8ms}, {@code 2s}. */
    public Duration duration(String name, Duration least, Duration most) {
        String value = text(name);
        Matcher matcher = DURATION.matcher(value);
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            Duration duration =
                    switch (matcher.group(2)) {
                        case "ns" -> Duration.ofNanos(number);
                        case "us", "µs" -> Duration.ofNanos(Math.multiplyExact(number, 1000L));
                        case "ms" -> Duration.ofMillis(number);
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofSeconds(Math.multiplyExact(number, 60L));
                        default -> Duration.ofSeconds(Math.multiplyExact(number, 3600L));
                    };
            if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
                return duration;
            }
        }
        throw refused(name, value);
    }

    /** A decimal fraction from 0 to 1. */
    public double fraction(String name) {
        String value = text(name);
        try {
            double number = Double.parseDouble(value);
            if (number >= 0 && number <= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, with what is allowed
        }
        throw refused(name, value);
    }

    /** The refusal of a value, for checks of a provider's own. */
    public WeirException refused(String name, String value) {
        return new WeirException(owner + " option " + name + ": \"" + value + "\" is not "
                + spec(name).allowed());
    }

    private OptionSpec spec(String name) {
        OptionSpec spec = specs.get(name);
        if (spec == null) {
            throw new IllegalArgumentException(owner + " does not describe an option " + name);
        }
        return spec;
    }

    @Override
    public String toString() {
        return values.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining("&"));
    }
}
