package dev.weir.pcap;

/**
 * The unit of an interface's time stamps and where they count from (draft-ietf-opsawg-pcapng, 4.2, options if_tsresol and
 * if_tsoffset).
 */
final class TimestampUnit {
    /** Microseconds since 1970, when an interface does not say. */
    static final TimestampUnit STANDARD = of(6, 0);

    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int POWER_OF_TWO = 0x80;

    private final boolean binary;
    private final int exponent;
    private final long factor;
    private final long offsetNs;

    private TimestampUnit(boolean binary, int exponent, long factor, long offsetNs) {
        this.binary = binary;
        this.exponent = exponent;
        this.factor = factor;
        this.offsetNs = offsetNs;
    }

    /**
     * A unit.
     *
     * @param resolution the option's byte: the negative exponent of 10, or of 2 when the highest bit is set
     * @param offsetSeconds to add to every time stamp
     */
    static TimestampUnit of(int resolution, long offsetSeconds) {
        int exponent = resolution & 0x7f;
        boolean binary = (resolution & POWER_OF_TWO) != 0;
        long factor = binary ? 0 : powerOfTen(Math.abs(9 - exponent));
        return new TimestampUnit(binary, exponent, factor, saturatingMultiply(offsetSeconds, NS_PER_SECOND));
    }

    /** Nanoseconds since 1970 (UTC); what does not fit is the nearest value that does. */
    long toNs(long units) {
        return saturatingAdd(binary ? binaryToNs(units) : decimalToNs(units), offsetNs);
    }

    private long decimalToNs(long units) {
        if (exponent > 9) {
            // a factor of 0 is one beyond a long: smaller than any nanosecond
            return factor == 0 ? 0 : Long.divideUnsigned(units, factor);
        }
        return units < 0 ? Long.MAX_VALUE : saturatingMultiply(units, factor);
    }

    private long binaryToNs(long units) {
        long high = multiplyHighUnsigned(units, NS_PER_SECOND);
        long low = units * NS_PER_SECOND;
        if (exponent >= 64) {
            return exponent == 64 ? high : high >>> (exponent - 64);
        }
        if (exponent == 0) {
            return high != 0 || low < 0 ? Long.MAX_VALUE : low;
        }
        if (high >>> (exponent - 1) != 0) {
            return Long.MAX_VALUE;
        }
        return high << (64 - exponent) | low >>> exponent;
    }

    private static long powerOfTen(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            if (power > Long.MAX_VALUE / 10) {
                return 0;
            }
            power *= 10;
        }
        return power;
    }

    /** The factor is positive and below 2^63, so only the first operand's sign needs to be set right. */
    private static long multiplyHighUnsigned(long unsigned, long factor) {
        return Math.multiplyHigh(unsigned, factor) + (unsigned < 0 ? factor : 0);
    }

    private static long saturatingMultiply(long value, long factor) {
        long high = Math.multiplyHigh(value, factor);
        long low = value * factor;
        return high == low >> 63 ? low : value < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    private static long saturatingAdd(long a, long b) {
        long sum = a + b;
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }
}
