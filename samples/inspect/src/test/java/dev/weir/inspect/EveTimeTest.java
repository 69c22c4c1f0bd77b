package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class EveTimeTest {
    @Test
    void writesMicrosecondsAndTheZoneWithoutAColon() {
        EveTime time = new EveTime(ZoneOffset.ofHours(1));
        assertEquals("2017-04-07T22:24:37.251547+0100", text(time, 1_491_600_277_251_547_999L));
    }

    @Test
    void keepsUpWithTheSecondAndWithSummerTime() {
        EveTime time = new EveTime(ZoneId.of("Europe/Berlin"));
        assertEquals("2017-03-26T01:59:59.999999+0100", text(time, 1_490_489_999_999_999_000L));
        assertEquals("2017-03-26T03:00:00.000000+0200", text(time, 1_490_490_000_000_000_000L));
        assertEquals("2017-03-26T01:59:59.000001+0100", text(time, 1_490_489_999_000_001_000L));
    }

    @Test
    void writesTimesBefore1970() {
        assertEquals("1969-12-31T23:59:59.999999+0000", text(new EveTime(ZoneOffset.UTC), -1_000));
    }

    private static String text(EveTime time, long timeNs) {
        return new String(time.chars(timeNs));
    }
}
