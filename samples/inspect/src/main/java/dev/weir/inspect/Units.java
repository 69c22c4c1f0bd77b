package dev.weir.inspect;

import java.util.Locale;

/** Numbers for people. */
final class Units {
    private static final String[] BYTES = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

    private Units() {}

    /** {@code 1,234,567}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 1 packet}, {@code 1,234 packets}. */
    static String count(long number, String what) {
        return count(number) + " " + what + (number == 1 ? "" : "s");
    }

    /** {@code 740 B}, {@code 1.2 kB}, {@code 34 MB}; a kB is 1,000 bytes. */
    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < BYTES.length - 1) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit > 0 && value < 9.95 ? "%.1f %s" : "%.0f %s", value, BYTES[unit]);
    }

    /** {@code 120 µs}, {@code 35 ms}, {@code 1.2 s}, {@code 7 min}, {@code 3 h}. */
    static String duration(long ns) {
        if (ns < 1_000_000) {
            return String.format(Locale.ROOT, "%d µs", ns / 1000);
        }
        if (ns < 1_000_000_000) {
            return String.format(Locale.ROOT, "%d ms", ns / 1_000_000);
        }
        double seconds = ns / 1e9;
        if (seconds < 99.95) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        return seconds < 5400
                ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
                : String.format(Locale.ROOT, "%.0f h", seconds / 3600);
    }
}
