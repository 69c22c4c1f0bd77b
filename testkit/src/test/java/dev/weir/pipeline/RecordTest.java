package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.assertEndedInOrder;
import static dev.weir.pipeline.Traffic.eventually;
import static dev.weir.pipeline.Traffic.number;
import static dev.weir.pipeline.Traffic.packet;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.PacketOrigin;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.MemoryCapture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RecordTest {
    @TempDir
    Path directory;

    private record Recorded(byte[] bytes, long timestampNs, int wireLength) {}

    /** What another pipeline reads in the file. */
    private static List<Recorded> read(Path file) {
        List<Recorded> packets = new ArrayList<>();
        try (Pipeline pipeline = Pipeline.from("pcap:" + file)
                .advisory()
                .classify((Packet packet, dev.weir.Flow flow) -> {
                    packets.add(new Recorded(packet.bytes().toByteArray(), packet.timestampNs(), packet.wireLength()));
                    return Verdict.ACCEPT;
                })
                .open()) {
            pipeline.run();
            assertEndedInOrder(pipeline, packets.size());
        }
        return packets;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatPassesIsWrittenAsItGoesOutAndWhatDoesNotIsNot(int workers) {
        Path file = directory.resolve("out.pcapng");
        try (MemoryCapture memory = MemoryCapture.builder().pinsMemory(100).create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .record(file)
                        .classify((packet, flow) -> switch (number(packet)) {
                            case 1 -> Verdict.DROP;
                            case 2 -> Verdict.REJECT;
                            case 3 -> Verdict.mark(1);
                            case 4 -> {
                                packet.replace(70).put(69, (byte) 0x77);
                                yield Verdict.REPLACE;
                            }
                            case 5 -> Verdict.HOLD;
                            default -> Verdict.CONTINUE;
                        })
                        .open()) {
            pipeline.start();
            for (int i = 1; i <= 7; i++) {
                memory.prepare(packet(i, i))
                        .timestampNs(1000 + i)
                        .wireLength(99)
                        .inject();
            }
            pipeline.stop();
            assertEquals(5, pipeline.ledger().recorded());
            assertEquals(0, pipeline.ledger().recordMissed());
            assertEndedInOrder(pipeline, 7);
        }
        List<Recorded> packets = read(file);
        packets.sort((a, b) -> Long.compare(a.timestampNs(), b.timestampNs()));
        assertEquals(5, packets.size());
        assertEquals(1003, packets.get(0).timestampNs());
        assertArrayEquals(packet(3, 3), packets.get(0).bytes());
        assertEquals(99, packets.get(0).wireLength());
        assertEquals(70, packets.get(1).bytes().length);
        assertEquals(0x77, packets.get(1).bytes()[69]);
        assertEquals(70, packets.get(1).wireLength());
        assertArrayEquals(packet(5, 5), packets.get(2).bytes());
        assertArrayEquals(packet(7, 7), packets.get(4).bytes());
    }

    @Test
    void interfaceLinkTypeAndDirectionAreWrittenToo() {
        Path file = directory.resolve("links.pcapng");
        byte[] frame = packet(1, 1);
        byte[] ip = Arrays.copyOfRange(frame, 14, frame.length);
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name()).record(file).open()) {
            pipeline.start();
            memory.prepare(frame)
                    .interfaceIndex(7)
                    .origin(PacketOrigin.OUTGOING)
                    .inject();
            memory.prepare(ip).linkType(LinkType.RAW).interfaceIndex(7).inject();
            memory.prepare(frame)
                    .interfaceIndex(8)
                    .origin(PacketOrigin.BROADCAST)
                    .inject();
            pipeline.stop();
        }
        List<String> read = new ArrayList<>();
        try (Pipeline pipeline = Pipeline.from("pcap:" + file)
                .advisory()
                .classify((packet, flow) -> {
                    read.add(packet.interfaceIndex() + " " + packet.linkType() + " " + packet.origin());
                    return Verdict.ACCEPT;
                })
                .open()) {
            pipeline.run();
        }
        assertEquals(
                List.of(
                        "0 " + LinkType.ETHERNET + " OUTGOING",
                        "1 " + LinkType.RAW + " UNKNOWN",
                        "2 " + LinkType.ETHERNET + " BROADCAST"),
                read);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aCaptureWithAnEndLosesNoneHoweverFastItIsRead(int workers) {
        Path file = directory.resolve("all.pcapng");
        try (MemoryCapture memory = MemoryCapture.builder()
                        .offline()
                        .passive()
                        .queues(2)
                        .replay(Traffic.flows(1000))
                        .create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .advisory()
                        .workers(workers)
                        .record(file)
                        .open()) {
            memory.play(100);
            memory.end();
            pipeline.run();
            assertEquals(100_000, pipeline.ledger().recorded());
            assertEquals(0, pipeline.ledger().recordMissed());
            assertEndedInOrder(pipeline, 100_000);
        }
        assertEquals(100_000, read(file).size());
    }

    @Test
    void aFileThatCannotBeMadeIsRefusedAtOnce() {
        try (MemoryCapture memory = MemoryCapture.create()) {
            PipelineBuilder builder = Pipeline.from(memory.name()).record(directory.resolve("no/such/directory"));
            String message = assertThrows(WeirException.class, builder::open).getMessage();
            assertTrue(message.contains("directory"), message);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void aDiskThatIsFullEndsTheRecordingNotThePipelineAndIsTold(int workers) {
        Path full = Path.of("/dev/full");
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .workers(workers)
                        .record(full)
                        .open()) {
            pipeline.start();
            for (int i = 0; i < 1000; i++) {
                memory.inject(packet(1, i)).await(PATIENCE);
                if (i == 500) {
                    eventually(
                            "the disk fails",
                            () -> !pipeline.ledger().recordFailure().isEmpty());
                }
            }
            pipeline.stop();
            assertEquals(0, pipeline.ledger().recorded());
            assertEquals(1000, pipeline.ledger().recordMissed(), "before and after the failure");
            String failure = pipeline.ledger().recordFailure();
            assertTrue(failure.startsWith("/dev/full cannot be written: No space left"), failure);
            assertEndedInOrder(pipeline, 1000);
        }
    }
}
