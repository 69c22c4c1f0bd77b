package dev.weir.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.bench.jmh.DecodeBenchmark;
import dev.weir.bench.jmh.MixedTraffic;
import org.junit.jupiter.api.Test;

/** What is compared does the same. */
class DecodeBenchmarkTest {
    @Test
    void allThreeReadTheSameInTheSamePackets() throws Exception {
        DecodeBenchmark.InC c = new DecodeBenchmark.InC();
        c.compile();
        DecodeBenchmark benchmark = new DecodeBenchmark();
        long sum = benchmark.weir();
        assertTrue(sum > 10_000_000, "ports were read");
        assertEquals(sum, benchmark.c(c));
        for (int i = 0; i < MixedTraffic.FRAMES; i++) {
            int weir = benchmark.weir(i);
            int echo = 4 + 56; // of ICMP pcap4j tells no payload
            assertEquals(weir == echo ? 4 : weir, benchmark.pcap4j(i), "frame " + i);
        }
    }
}
