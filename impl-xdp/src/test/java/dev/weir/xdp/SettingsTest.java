package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import dev.weir.linux.If;
import dev.weir.linux.IfArp;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.NetworkInterface.HardwareAddress;
import dev.weir.spi.CaptureName;
import dev.weir.spi.Options;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static Options options(String text) {
        return Options.of(
                "xdp",
                Settings.specs(),
                CaptureName.parse("xdp:eth0?" + text, Map.of()).options());
    }

    private static Settings of(String text) {
        return Settings.ofCapture(options(text));
    }

    private static NetworkInterface link(int mtuBytes) {
        return new NetworkInterface(2, "eth0", If.IFF_UP, mtuBytes, IfArp.ARPHRD_ETHER, new HardwareAddress(1));
    }

    private static Layout layout(String text, int mtuBytes, int queues) {
        Settings settings = of(text).forQueues(queues);
        List<NetworkInterface> links =
                settings.bridge() ? List.of(link(mtuBytes), link(mtuBytes)) : List.of(link(mtuBytes));
        return Layout.of(settings, links, queues, 10_000);
    }

    @Test
    void withoutOptionsAllQueuesInTheBestMode() {
        Settings settings = of("");
        assertNull(settings.mode());
        assertFalse(settings.bridge());
        assertNull(settings.multiBuffer());
        assertArrayEquals(new int[] {0, 1, 2}, settings.queues().among(3, "eth0"));
    }

    @Test
    void queuesAreListedWithRanges() {
        assertArrayEquals(new int[] {0, 1, 2, 6}, of("queues=6,0-2,1").queues().among(8, "eth0"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "queues=",
                "queues=3-1",
                "queues=a",
                "queues=0-70000",
                "queues=1,",
                "mode=fast",
                "ring=100",
                "ring=32",
                "frame-size=3K",
                "frame-size=8K",
                "frames=many",
                "busy-poll=1h",
                "coalesce=soon",
                "coalesce=1s",
                "busy-poll-budget=0",
                "bridge=perhaps",
                "multi-buffer=some",
                "steer=nowhere",
                "queue=1",
                "huge-pages=no such",
                "shared-umem=2"
            })
    void whatIsWrongIsRefusedByTheOptionsName(String text) {
        WeirException refusal = assertThrows(WeirException.class, () -> of(text));
        assertTrue(refusal.getMessage().contains(text.substring(0, text.indexOf('='))), refusal.getMessage());
    }

    @Test
    void aTransmitterHasNoOptionsOfACapture() {
        WeirException refusal = assertThrows(WeirException.class, () -> Settings.ofTransmitter(options("queues=1")));
        assertTrue(refusal.getMessage().contains("queues is for captures"), refusal.getMessage());
        assertArrayEquals(
                new int[] {3},
                Settings.ofTransmitter(options("queue=3")).queues().among(4, "eth0"));
    }

    @Test
    void ringsAreAsLargeAsQueuesAreFew() {
        assertEquals(16_384, of("").forQueues(1).ringSize());
        assertEquals(16_384, of("").forQueues(2).ringSize());
        assertEquals(8_192, of("").forQueues(3).ringSize());
        assertEquals(2_048, of("").forQueues(64).ringSize());
        assertEquals(4_096, of("bridge").forQueues(1).ringSize());
        assertEquals(2_048, of("bridge").forQueues(8).ringSize());
        assertEquals(2_048, of("frames=8192").forQueues(1).ringSize());
        assertEquals(64, of("ring=64").forQueues(1).ringSize());
        assertEquals(2_048, Settings.ofTransmitter(options("queue=0")).ringSize());
    }

    @Test
    void packetsMayGatherWhereNobodyWaitsForThem() {
        assertEquals(500_000, of("").coalesceNs());
        assertEquals(0, of("bridge").coalesceNs());
        assertEquals(0, of("busy-poll=50us").coalesceNs());
        assertEquals(0, of("coalesce=off").coalesceNs());
        assertEquals(200_000, of("bridge&coalesce=200us").coalesceNs());
    }

    @Test
    void theBoundIsWhatReceptionDoesNotNeed() {
        Layout layout = layout("ring=512&frames=4096", 1500, 1);
        assertEquals(4096 - 512, layout.maxPackets());
        assertEquals((4096L - 512) * (2048 - 256), layout.maxBytes());
        Layout bridge = layout("ring=512&frames=4096&bridge", 1500, 1);
        assertEquals(4096 - 4 * 512, bridge.maxPackets());
    }

    @Test
    void framesFollowFromWhatThePipelineMayHold() {
        assertTrue(layout("", 1500, 1).maxPackets() >= 10_000);
        assertTrue(layout("bridge", 1500, 1).maxPackets() >= 10_000);
        assertTrue(layout("", 9000, 1).maxPackets() >= 10_000);
    }

    @Test
    void theLargestPacketsSayHowManyFramesOneTakes() {
        assertFalse(layout("", 1500, 1).multiBuffer());
        Layout jumbo = layout("", 9000, 1);
        assertTrue(jumbo.multiBuffer());
        assertEquals(6, jumbo.framesPerPacket());
        // However packets are cut: those of one byte more than a frame holds take two.
        assertTrue(jumbo.maxBytes() / 1793 * 2 <= jumbo.mayBeLent());
        assertEquals(3, layout("frame-size=4K", 9000, 1).framesPerPacket());
        assertEquals(1, layout("multi-buffer=false", 9000, 1).framesPerPacket());
    }

    @Test
    void tooFewFramesAreRefusedWithWhatIsNeeded() {
        WeirException refusal = assertThrows(WeirException.class, () -> layout("ring=2048&frames=2000", 1500, 1));
        assertTrue(refusal.getMessage().contains("2112 to "), refusal.getMessage());
    }

    @Test
    void waysToBindAreTriedFromTheBestOneOn() {
        assertEquals(
                "[zero-copy, copy]",
                Attachment.Plan.of(null, Settings.Mode.NATIVE, false, false).toString());
        assertEquals(
                "[copy]",
                Attachment.Plan.of(null, Settings.Mode.GENERIC, false, false).toString());
        assertEquals(
                "[zero-copy]",
                Attachment.Plan.of(Settings.Mode.ZERO_COPY, Settings.Mode.NATIVE, false, false)
                        .toString());
        assertEquals(
                "[copy]",
                Attachment.Plan.of(Settings.Mode.NATIVE, Settings.Mode.NATIVE, false, false)
                        .toString());
        assertEquals(
                "[zero-copy with multi-buffer, zero-copy, copy with multi-buffer, copy]",
                Attachment.Plan.of(null, Settings.Mode.NATIVE, true, false).toString());
        assertEquals(
                "[zero-copy with multi-buffer, copy with multi-buffer]",
                Attachment.Plan.of(null, Settings.Mode.NATIVE, true, true).toString());
    }
}
