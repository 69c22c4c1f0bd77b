package dev.weir.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.WeirException;
import org.junit.jupiter.api.Test;

class MeasurementTest {

    @Test
    void aLineOfJsonIsReadAsItWasWritten() {
        Measurement measurement = new Measurement(1000, 64000, 999, 7, 12_000, 8_000, 3_000_000_000L);

        assertEquals(measurement, Measurement.fromJson(measurement.toJson()));
        assertEquals(20.0, measurement.cpuNsPerPacket());
        assertEquals(0.6, measurement.userShare());
    }

    @Test
    void aSplitBelowZeroKeepsItsSum() {
        Measurement measurement = new Measurement(1000, 64000, 999, 7, -38_000, 58_000, 3_000_000_000L);

        assertEquals(20.0, Measurement.fromJson(measurement.toJson()).cpuNsPerPacket());
    }

    @Test
    void aMissingMemberIsNamed() {
        WeirException refused = assertThrows(WeirException.class, () -> Measurement.fromJson("{\"packets\":1}"));

        assertEquals(
                "expected a number \"bytes\" in what a measured process printed: {\"packets\":1}",
                refused.getMessage());
    }
}
