package dev.weir.inspect;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * Writes time stamps as Suricata does: {@code 2017-04-07T22:24:37.251547+0100}. The text up to the second and the zone
 * are kept from one packet to the next, so that a stamp within the same second costs six digits and no garbage.
 */
final class EveTime {
    /** Where the time of day begins in {@link #chars()}. */
    static final int TIME_OF_DAY = 11;

    /** Where the zone begins. */
    static final int ZONE = 26;

    private static final int MICROSECONDS = 20;
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final DateTimeFormatter PATTERN = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.000000xx");

    private final ZoneId zone;
    private final char[] chars = new char[ZONE + 5];
    private long second = Long.MIN_VALUE;

    EveTime(ZoneId zone) {
        this.zone = zone;
    }

    /** The text of a time, nanoseconds since 1970; the array is this object's own and is written over by the next call. */
    char[] chars(long timeNs) {
        long newSecond = Math.floorDiv(timeNs, NS_PER_SECOND);
        if (newSecond != second) {
            second = newSecond;
            PATTERN.format(Instant.ofEpochSecond(newSecond).atZone(zone)).getChars(0, chars.length, chars, 0);
        }
        int microseconds = (int) (Math.floorMod(timeNs, NS_PER_SECOND) / 1000);
        for (int i = ZONE - 1; i >= MICROSECONDS; i--) {
            chars[i] = (char) ('0' + microseconds % 10);
            microseconds /= 10;
        }
        return chars;
    }
}
