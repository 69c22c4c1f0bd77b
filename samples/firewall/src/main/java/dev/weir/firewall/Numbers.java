package dev.weir.firewall;

import java.util.Locale;

/** Numbers for people. */
final class Numbers {
    private Numbers() {}

    /** {@code 1,234,567}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 83 µs}, {@code 1.25 ms}, {@code 2.10 s}. */
    static String time(long ns) {
        if (ns < 1_000_000) {
            return ns / 1_000 + " µs";
        }
        return ns < 1_000_000_000
                ? String.format(Locale.ROOT, "%.2f ms", ns / 1e6)
                : String.format(Locale.ROOT, "%.2f s", ns / 1e9);
    }

    /** {@code drop, deadline} of {@code DROP, DEADLINE}. */
    static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
