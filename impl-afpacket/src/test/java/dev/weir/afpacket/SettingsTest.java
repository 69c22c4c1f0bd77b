package dev.weir.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.spi.CaptureName;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.Options;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static Options options(String text) {
        return Options.of(
                "afpacket",
                Settings.specs(),
                CaptureName.parse("afpacket:x?" + text, Map.of()).options());
    }

    private static Settings settings(String text) {
        return Settings.ofCapture(options(text));
    }

    @Test
    void whatIsNotGivenHasItsStandard() {
        Settings settings = settings("");
        assertEquals(1, settings.queues());
        assertFalse(settings.lowLatency());
        assertEquals(1 << 20, settings.blockSizeBytes());
        assertEquals(32, settings.blocks());
        assertEquals(32 << 20, settings.ringBytes());
        assertEquals(10, settings.retireTimeoutMs());
        assertEquals(40_000_000, settings.coalesceNs());
        assertTrue(settings.wholePackets());
        assertFalse(settings.promiscuous());
        assertNull(settings.ignoreOutgoing());
        assertFalse(settings.hardwareTimestamps());
        assertEquals("", settings.filter());
        assertTrue(settings.mark().isNone());
        assertEquals(1, settings.sockets());
    }

    @Test
    void aMarkTakesASocketForEachProtocol() {
        Settings settings = settings("mark=0x12/0xff&queues=3");
        assertEquals(0x12, settings.mark().value());
        assertEquals(0xff, settings.mark().mask());
        assertEquals(6, settings.sockets());
        assertEquals(-1, settings("mark=7").mark().mask());
        for (String wrong : List.of("x", "1/0", "0x12/0x2", "0x123456789", "-1", "1/", "99999999999")) {
            WeirException refusal = assertThrows(WeirException.class, () -> settings("mark=" + wrong), wrong);
            assertTrue(refusal.getMessage().contains("option mark"), refusal.getMessage());
        }
    }

    @Test
    void everythingGivenIsUsed() {
        Settings settings = settings("queues=4&fanout=cpu&block-size=1M&blocks=16&retire-timeout=2ms&snaplen=128"
                + "&promiscuous&ignore-outgoing=false&timestamp=hardware&filter=udp%20port%2053");
        assertEquals(4, settings.queues());
        assertEquals(Settings.Fanout.CPU, settings.fanout());
        assertEquals(1 << 20, settings.blockSizeBytes());
        assertEquals(16, settings.blocks());
        assertEquals(2, settings.retireTimeoutMs());
        assertEquals(128, settings.snapLengthBytes());
        assertFalse(settings.wholePackets());
        assertTrue(settings.promiscuous());
        assertEquals(false, settings.ignoreOutgoing());
        assertTrue(settings.hardwareTimestamps());
        assertEquals("udp port 53", settings.filter());
    }

    @Test
    void packetsGatherForFourRetireTimeoutsOrATenthOfASecondUnlessSaidOtherwise() {
        assertEquals(8_000_000, settings("retire-timeout=2ms").coalesceNs());
        assertEquals(100_000_000, settings("retire-timeout=1s").coalesceNs());
        assertEquals(5_000_000, settings("coalesce=5ms").coalesceNs());
        assertEquals(0, settings("coalesce=off").coalesceNs());
        assertEquals(0, settings("latency=low").coalesceNs());
    }

    @Test
    void aRingOfFramesIsDividedEvenly() {
        Settings settings = settings("latency=low&frame-size=4K&blocks=4&block-size=64K");
        assertTrue(settings.lowLatency());
        assertEquals(64, settings.frames());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "queues=0",
                "queues=65",
                "fanout=random",
                "block-size=100K",
                "block-size=32K",
                "block-size=128M",
                "blocks=1",
                "blocks=65536&block-size=64M",
                "retire-timeout=0ms",
                "retire-timeout=1500us",
                "retire-timeout=11s",
                "retire-timeout=5ms&latency=low",
                "retire-timeout=10",
                "coalesce=101ms",
                "coalesce=500us",
                "coalesce=on",
                "coalesce=5ms&latency=low",
                "snaplen=63",
                "snaplen=1M",
                "promiscuous=maybe",
                "ignore-outgoing=sometimes",
                "latency=none",
                "frame-size=2K",
                "frame-size=3000&latency=low",
                "timestamp=adapter",
                "qdisc-bypass=true",
            })
    void whatIsNotAllowedIsRefusedByName(String text) {
        WeirException refused = assertThrows(WeirException.class, () -> settings(text));
        String name = text.substring(0, text.indexOf('='));
        assertTrue(refused.getMessage().contains(name), refused.getMessage());
        assertEquals(1, refused.getMessage().lines().count());
    }

    @Test
    void theStandardOfEachOptionIsAllowed() {
        for (OptionSpec spec : Settings.specs()) {
            if (!spec.standard().isEmpty()
                    && !List.of("qdisc-bypass", "frame-size").contains(spec.name())) {
                settings(spec.name() + "=" + spec.standard());
            }
        }
        settings("latency=low&frame-size=2K");
        assertFalse(Settings.qdiscBypass(options("qdisc-bypass=false")));
    }

    @Test
    void aRingBeyondThisMachinesMemoryIsRefusedBeforeTheKernelTries() {
        Settings huge = settings("block-size=16M&blocks=127&queues=64");
        WeirException refused = assertThrows(WeirException.class, () -> AvailableMemory.check(huge));
        assertTrue(refused.getMessage().contains("130048 MiB"), refused.getMessage());
    }

    @Test
    void theProviderIsFoundByItsName() {
        assertEquals(
                1,
                ServiceLoader.load(CaptureProvider.class).stream()
                        .filter(provider -> provider.get().name().equals("afpacket"))
                        .count());
    }
}
