package dev.weir.pcap;

import static dev.weir.pcap.FileBytes.packet;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.LinkType;
import dev.weir.PacketOrigin;
import dev.weir.WeirException;
import dev.weir.linux.bpf.FilterCompiler;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class PcapCaptureTest {
    private static final int IN_FLIGHT_PACKETS = 1000;
    private static final long IN_FLIGHT_BYTES = 1 << 20;

    @TempDir
    Path folder;

    private static CaptureProvider provider() {
        return ServiceLoader.load(CaptureProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("pcap"))
                .findFirst()
                .orElseThrow();
    }

    private static CaptureSource open(String target, Map<String, String> options, int packets, long bytes) {
        CaptureProvider provider = provider();
        return provider.open(
                new CaptureRequest(target, Options.of(provider.name(), provider.options(), options), packets, bytes));
    }

    private static CaptureSource open(Path file, Map<String, String> options) {
        return open(file.toString(), options, IN_FLIGHT_PACKETS, IN_FLIGHT_BYTES);
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("trace.pcap"), bytes);
    }

    private static FileBytes manyPackets(int count, int length) {
        FileBytes file = FileBytes.in(ByteOrder.LITTLE_ENDIAN).pcapHeader(0xa1b23c4d, 65535, LinkType.ETHERNET);
        for (int i = 0; i < count; i++) {
            file.pcapRecord(i, 0, length, packet(length, i));
        }
        return file;
    }

    /** Receives to the end, releasing at once; each packet's first byte, or -1 for an empty one, and its time. */
    private static List<String> drain(CaptureQueue queue) {
        List<String> seen = new ArrayList<>();
        Slot[] slots = new Slot[64];
        for (int count = queue.receive(slots, 64); count != CaptureQueue.END; count = queue.receive(slots, 64)) {
            for (int i = 0; i < count; i++) {
                seen.add(slots[i].timestampNs() + ":" + slots[i].bytes().u8(0));
                queue.release(slots[i]);
            }
            if (count == 0) {
                queue.await(Duration.ofSeconds(5).toNanos());
            }
        }
        return seen;
    }

    @Test
    void aFileIsPassiveOfflineAndSymmetric() throws IOException {
        try (CaptureSource source = open(write(manyPackets(1, 60).toByteArray()), Map.of())) {
            assertTrue(source.traits().passive());
            assertTrue(source.traits().offline());
            assertTrue(source.traits().symmetric());
            assertTrue(source.traits().pinsMemory());
            assertEquals(IN_FLIGHT_PACKETS, source.traits().maxPackets());
            assertEquals(1, source.queues().size());
        }
    }

    @Test
    void deliversAllPacketsThenEnds() throws IOException {
        try (CaptureSource source = open(write(manyPackets(200, 60).toByteArray()), Map.of())) {
            CaptureQueue queue = source.queues().get(0);
            List<String> seen = drain(queue);
            assertEquals(200, seen.size());
            assertEquals("199000000000:199", seen.get(199));
            assertEquals(CaptureQueue.END, queue.receive(new Slot[1], 1));
        }
    }

    @Test
    void packetsStayAsTheyWereUntilReleasedWhileTheFileIsReadOn() throws IOException {
        // 900 packets of 4 KiB: many blocks, of which one packet in nine is kept
        try (CaptureSource source =
                open(write(manyPackets(900, 4096).toByteArray()).toString(), Map.of(), 10_000, 64 << 20)) {
            CaptureQueue queue = source.queues().get(0);
            List<Slot> kept = new ArrayList<>();
            Slot[] slots = new Slot[9];
            for (int count = queue.receive(slots, 9); count != CaptureQueue.END; count = queue.receive(slots, 9)) {
                kept.add(slots[0]);
                for (int i = 1; i < count; i++) {
                    queue.release(slots[i]);
                }
            }
            assertEquals(100, kept.size());
            for (int i = 0; i < kept.size(); i++) {
                assertArrayEquals(packet(4096, i * 9), kept.get(i).bytes().toByteArray());
                queue.release(kept.get(i));
            }
        }
    }

    @Test
    void withAllMemoryLentOutNothingMoreIsReceivedUntilSomeComesBack() throws IOException {
        try (CaptureSource source =
                open(write(manyPackets(900, 4096).toByteArray()).toString(), Map.of(), 10_000, 1 << 18)) {
            CaptureQueue queue = source.queues().get(0);
            List<Slot> lent = new ArrayList<>();
            Slot[] slots = new Slot[64];
            int count;
            while ((count = queue.receive(slots, 64)) > 0) {
                lent.addAll(Arrays.asList(slots).subList(0, count));
            }
            assertEquals(0, count);
            assertTrue(lent.size() < 900 && lent.size() >= 64, lent.size() + " packets of 4 KiB");
            long start = System.nanoTime();
            queue.await(Duration.ofMillis(30).toNanos());
            assertTrue(System.nanoTime() - start > Duration.ofMillis(20).toNanos(), "waits instead of spinning");
            lent.get(0).detach();
            queue.detach(lent.get(0));
            for (Slot slot : lent) {
                queue.release(slot);
            }
            assertEquals(900 - lent.size(), drain(queue).size());
        }
    }

    @Test
    void noMorePacketsAreLentThanAskedFor() throws IOException {
        try (CaptureSource source =
                open(write(manyPackets(50, 60).toByteArray()).toString(), Map.of(), 10, IN_FLIGHT_BYTES)) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[64];
            assertEquals(10, queue.receive(slots, 64));
            assertEquals(0, queue.receive(new Slot[64], 64));
            queue.release(slots[3]);
            assertEquals(1, queue.receive(slots, 64));
        }
    }

    @Test
    void packetsLargerThanABlockAreRead() throws IOException {
        FileBytes file = FileBytes.in(ByteOrder.LITTLE_ENDIAN);
        file.section().interfaceDescription(147, 0, file.body());
        for (int i = 0; i < 5; i++) {
            file.enhanced(0, i, 1 << 20, packet(1 << 20, i)).enhanced(0, i, 60, packet(60, i));
        }
        try (CaptureSource source = open(write(file.toByteArray()).toString(), Map.of(), 100, 64 << 20)) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[20];
            assertEquals(10, queue.receive(slots, 20));
            for (int i = 0; i < 5; i++) {
                assertArrayEquals(packet(1 << 20, i), slots[2 * i].bytes().toByteArray());
                assertArrayEquals(packet(60, i), slots[2 * i + 1].bytes().toByteArray());
            }
        }
    }

    @Test
    void filesOfMoreThanTwoGigabytesAreReadAndTheirOffsetsNamed() throws IOException {
        FileBytes start = FileBytes.in(ByteOrder.LITTLE_ENDIAN);
        start.section()
                .interfaceDescription(LinkType.ETHERNET, 0, start.body())
                .enhanced(0, 1, 4, packet(4, 1))
                .u32(0x0bad_cafe)
                .u32(0xffff_fff0L);
        FileBytes end = start.body().enhanced(0, 2, 4, packet(4, 2)).u32(6).u32(13);
        Path file = write(start.toByteArray());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) { // a hole of 4 GiB
            channel.write(ByteBuffer.wrap(end.toByteArray()), start.toByteArray().length + 0xffff_fff0L - 8);
        }
        try (CaptureSource source = open(file, Map.of())) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[4];
            assertEquals(2, queue.receive(slots, 4));
            assertEquals(2, slots[1].bytes().u8(0));
            assertEquals(0, queue.receive(new Slot[0], 4));
            WeirException fault = assertThrows(WeirException.class, () -> queue.receive(slots, 4));
            assertTrue(fault.getMessage().contains(": breaks off at byte 4294967408: "), fault.getMessage());
        }
    }

    @Test
    void aFaultComesAfterThePacketsBeforeIt() throws IOException {
        byte[] whole = manyPackets(70, 60).toByteArray();
        Path file = write(Arrays.copyOf(whole, whole.length - 10));
        try (CaptureSource source = open(file, Map.of())) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[64];
            assertEquals(64, queue.receive(slots, 64));
            assertEquals(5, queue.receive(new Slot[64], 64));
            WeirException fault = assertThrows(WeirException.class, () -> queue.receive(slots, 64));
            assertEquals(
                    file + ": breaks off at byte " + (whole.length - 10)
                            + ": the packet record that begins at byte 5268 needs at least 76 bytes, 66 are there",
                    fault.getMessage());
        }
    }

    @Test
    void nothingIsAllocatedPerPacket() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Path file = write(manyPackets(200_000, 60).toByteArray());
        Slot[] slots = new Slot[64];
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 3; round++) { // the first ones load classes
            try (CaptureSource source = open(file, Map.of())) {
                CaptureQueue queue = source.queues().get(0);
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int count = queue.receive(slots, 64); count >= 0; count = queue.receive(slots, 64)) {
                    for (int i = 0; i < count; i++) {
                        queue.release(slots[i]);
                    }
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
        }
        assertTrue(allocated < 100_000, allocated + " bytes for 200,000 packets");
    }

    @Test
    void recordedPaceKeepsTheGaps() throws IOException {
        FileBytes file = FileBytes.in(ByteOrder.LITTLE_ENDIAN).pcapHeader(0xa1b2c3d4, 65535, 1);
        file.pcapRecord(1, 0, 1, packet(1, 0)).pcapRecord(1, 60_000, 1, packet(1, 1));
        try (CaptureSource source = open(write(file.toByteArray()), Map.of("pace", "recorded"))) {
            CaptureQueue queue = source.queues().get(0);
            long start = System.nanoTime();
            assertEquals(List.of("1000000000:0", "1060000000:1"), drain(queue));
            assertTrue(System.nanoTime() - start >= Duration.ofMillis(60).toNanos());
        }
    }

    @Test
    void recordedPaceIsWokenAndStopped() throws IOException {
        FileBytes file = FileBytes.in(ByteOrder.LITTLE_ENDIAN).pcapHeader(0xa1b2c3d4, 65535, 1);
        file.pcapRecord(1, 0, 1, packet(1, 0)).pcapRecord(1_000_000, 0, 1, packet(1, 1));
        try (CaptureSource source = open(write(file.toByteArray()), Map.of("pace", "recorded"))) {
            CaptureQueue queue = source.queues().get(0);
            Slot[] slots = new Slot[4];
            assertEquals(1, queue.receive(slots, 4));
            assertEquals(0, queue.receive(new Slot[4], 4));
            queue.wakeup();
            queue.await(Duration.ofSeconds(20).toNanos()); // answered by the wakeup before
            Thread waker = new Thread(() -> {
                while (true) {
                    queue.wakeup();
                    try {
                        Thread.sleep(5);
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
            waker.start();
            queue.await(Duration.ofSeconds(20).toNanos());
            waker.interrupt();
            queue.stopIntake();
            assertEquals(CaptureQueue.END, queue.receive(new Slot[4], 4));
        }
    }

    @Test
    void aLoopReadsTheFileAgainWithTimeGoingOn() throws IOException {
        FileBytes file = FileBytes.in(ByteOrder.LITTLE_ENDIAN).pcapHeader(0xa1b23c4d, 65535, 1);
        file.pcapRecord(1, 5, 1, packet(1, 0)).pcapRecord(1, 9, 1, packet(1, 1));
        try (CaptureSource source = open(write(file.toByteArray()), Map.of("loop", "3"))) {
            assertEquals(
                    List.of(
                            "1000000005:0",
                            "1000000009:1",
                            "1000000010:0",
                            "1000000014:1",
                            "1000000015:0",
                            "1000000019:1"),
                    drain(source.queues().get(0)));
        }
    }

    @Test
    void aLoopOverAFileWithoutPacketsEnds() throws IOException {
        try (CaptureSource source = open(write(manyPackets(0, 0).toByteArray()), Map.of("loop", "0"))) {
            assertEquals(List.of(), drain(source.queues().get(0)));
        }
    }

    @Test
    void aFilterTakesWhatMatchesInEachLinkType() throws IOException {
        assumeTrue(FilterCompiler.unavailability().isEmpty(), FilterCompiler.unavailability());
        byte[] ip = new byte[20];
        ip[0] = 0x45;
        byte[] ethernet = new byte[34];
        ethernet[12] = 0x08;
        ethernet[14] = 0x45;
        FileBytes file = FileBytes.in(ByteOrder.LITTLE_ENDIAN);
        file.section()
                .interfaceDescription(LinkType.ETHERNET, 0, file.body())
                .interfaceDescription(LinkType.RAW, 0, file.body())
                .interfaceDescription(195, 0, file.body())
                .enhanced(0, 1, 34, new byte[34])
                .enhanced(0, 2, 34, ethernet)
                .enhanced(1, 3, 20, ip)
                .enhanced(2, 4, 20, ip)
                .enhanced(1, 5, 20, new byte[20]);
        try (CaptureSource source = open(write(file.toByteArray()), Map.of("filter", "ip"))) {
            assertEquals(List.of("2000:0", "3000:69"), drain(source.queues().get(0)));
            assertTrue(source.explain().get(0).endsWith("what matches \"ip\""), source.explain()::toString);
        }
        assertRefused("the filter \"ip ip\" is wrong", folder.resolve("trace.pcap"), Map.of("filter", "ip ip"));
    }

    @Test
    void aFilterThatTakesNothingReachesTheEnd() throws IOException {
        assumeTrue(FilterCompiler.unavailability().isEmpty(), FilterCompiler.unavailability());
        try (CaptureSource source = open(write(manyPackets(20_000, 60).toByteArray()), Map.of("filter", "ip6"))) {
            assertEquals(List.of(), drain(source.queues().get(0)));
        }
    }

    @Test
    void compressedFilesAreRead() throws IOException {
        byte[] compressed = compress(manyPackets(5000, 100).toByteArray());
        try (CaptureSource source = open(write(compressed), Map.of())) {
            assertEquals(5000, drain(source.queues().get(0)).size());
        }
        try (CaptureSource source = open(write(Arrays.copyOf(compressed, compressed.length - 100)), Map.of())) {
            CaptureQueue queue = source.queues().get(0);
            WeirException fault = assertThrows(WeirException.class, () -> drain(queue));
            assertTrue(fault.getMessage().contains("breaks off at byte"), fault.getMessage());
        }
    }

    private static byte[] compress(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void aPipeIsReadAsItIsWritten() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        byte[] file = manyPackets(3000, 100).toByteArray();
        Thread writer = new Thread(() -> {
            try (OutputStream out = Files.newOutputStream(fifo)) {
                for (int at = 0; at < file.length; at += 9_999) {
                    out.write(file, at, Math.min(9_999, file.length - at));
                    out.flush();
                    Thread.sleep(1);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        writer.start();
        try (CaptureSource source = open(fifo, Map.of())) {
            List<String> seen = drain(source.queues().get(0));
            assertEquals(3000, seen.size());
            assertEquals("2999000000000:" + (2999 & 0xff), seen.get(2999));
        }
        writer.join();
    }

    @Test
    void aPipeThatSaysNothingIsClosedWithoutWaitingForIt() throws Exception {
        Path fifo = folder.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        Process writer = new ProcessBuilder("sh", "-c", "exec sleep 20 > " + fifo).start();
        try (CaptureSource source = open(fifo, Map.of())) {
            CaptureQueue queue = source.queues().get(0);
            assertEquals(0, queue.receive(new Slot[4], 4));
            long start = System.nanoTime();
            queue.await(Duration.ofMillis(20).toNanos());
            assertTrue(System.nanoTime() - start >= Duration.ofMillis(15).toNanos());
        } finally {
            writer.destroy();
        }
    }

    @Test
    void pcapngFlagsAndCookedHeadersSayWhichWayAPacketWent() throws IOException {
        byte[] cooked = packet(20, 0);
        cooked[1] = 4;
        FileBytes file = FileBytes.in(ByteOrder.LITTLE_ENDIAN);
        file.section()
                .interfaceDescription(LinkType.ETHERNET, 0, file.body())
                .interfaceDescription(LinkType.LINUX_SLL, 0, file.body())
                .block(
                        6,
                        file.body()
                                .u32(0)
                                .u64(0)
                                .u32(4)
                                .u32(4)
                                .bytes(packet(4, 0))
                                .option(2, (byte) 0b1101, (byte) 0, (byte) 0, (byte) 0))
                .enhanced(0, 0, 4, packet(4, 0))
                .enhanced(1, 0, 20, cooked);
        try (CaptureSource source = open(write(file.toByteArray()), Map.of())) {
            Slot[] slots = new Slot[4];
            assertEquals(3, source.queues().get(0).receive(slots, 4));
            assertEquals(PacketOrigin.BROADCAST, slots[0].origin());
            assertEquals(PacketOrigin.UNKNOWN, slots[1].origin());
            assertEquals(PacketOrigin.OUTGOING, slots[2].origin());
            assertEquals(1, slots[2].interfaceIndex());
        }
    }

    @Test
    void whatCannotBeReadIsSaidInOneLine() throws IOException {
        assertRefused("there is no file " + folder.resolve("absent"), folder.resolve("absent"), Map.of());
        assertRefused(folder + " is a directory; name a capture file in it", folder, Map.of());
        assertRefused(folder.resolve("trace.pcap") + " is empty", write(new byte[0]), Map.of());
        assertRefused(
                folder.resolve("trace.pcap") + " is not a capture file (it begins with 68 65 6c 6c); pcap and pcapng"
                        + " are read, also compressed with gzip",
                write("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII)),
                Map.of());
        Path good = write(manyPackets(1, 1).toByteArray());
        assertRefused("pcap option pace: \"slow\" is not fast or recorded", good, Map.of("pace", "slow"));
        assertRefused("pcap has no option \"speed\"; allowed: ", good, Map.of("speed", "2"));
        assertEquals(
                "pcap option loop: - is a pipe, which can be read only once",
                assertThrows(WeirException.class, () -> open("-", Map.of("loop", "2"), 1, 65536))
                        .getMessage());
        assertEquals(
                "name the capture file, as in pcap:trace.pcapng; pcap:- is standard input",
                assertThrows(WeirException.class, () -> open("", Map.of(), 1, 65536))
                        .getMessage());
    }

    private static void assertRefused(String message, Path file, Map<String, String> options) {
        String said =
                assertThrows(WeirException.class, () -> open(file, options)).getMessage();
        assertTrue(said.startsWith(message), said);
    }
}
