package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.linux.Errno;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Poller;
import dev.weir.linux.bpf.BpfCodec;
import dev.weir.linux.bpf.BpfLoadException;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.BpfProgram;
import dev.weir.linux.bpf.BpfUapi;
import dev.weir.linux.bpf.RingBuffer;
import dev.weir.linux.bpf.TypedMap;
import dev.weir.testkit.lab.KernelTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Maps, ring buffers and refusals of a program made for this. */
@KernelTest
class PlumbingKernelTest {
    private static final int RING_BYTES = 4096;
    private static final int PACKET_BYTES = 64;
    private static final int LOST = 1;

    private BpfObject object;
    private final NativeBuffer packet = NativeBuffer.allocate(PACKET_BYTES);

    @BeforeEach
    void load() {
        object = BpfObject.open(PlumbingKernelTest.class, "/dev/weir/xdp/ring.bpf.o")
                .load();
    }

    @AfterEach
    void close() {
        object.close();
    }

    private static List<Long> numbers(long from, long to) {
        List<Long> numbers = new ArrayList<>();
        for (long number = from; number <= to; number++) {
            if (number % 5 != 0) {
                numbers.add(number);
            }
        }
        return numbers;
    }

    private static List<Long> read(RingBuffer ring) {
        List<Long> numbers = new ArrayList<>();
        while (ring.next()) {
            long number = ring.bytes().getLong(ring.offset());
            assertEquals(number % 2 == 1 ? 8 : 20, ring.length());
            numbers.add(number);
        }
        ring.release();
        return numbers;
    }

    @Test
    void eventsComeInOrderAcrossManyTurnsOfTheRing() {
        BpfProgram program = object.program("weir_ring");
        try (RingBuffer ring = new RingBuffer(object.map("events"))) {
            assertFalse(ring.next());
            long number = 0;
            for (int round = 0; round < 300; round++) { // some 20 bytes each: many times around
                int count = 1 + round % 97;
                program.test(packet, PACKET_BYTES, count);
                assertEquals(numbers(number + 1, number + count), read(ring));
                number += count;
            }
            assertEquals(
                    Optional.of(0L), new TypedMap<>(object.map("numbers"), BpfCodec.INT32, BpfCodec.INT64).get(LOST));
        }
    }

    @Test
    void aFullRingRefusesAndGoesOnWhenThereIsRoom() {
        TypedMap<Integer, Long> numbers = new TypedMap<>(object.map("numbers"), BpfCodec.INT32, BpfCodec.INT64);
        BpfProgram program = object.program("weir_ring");
        try (RingBuffer ring = new RingBuffer(object.map("events"))) {
            program.test(packet, PACKET_BYTES, RING_BYTES);
            long lost = numbers.get(LOST).orElseThrow();
            assertTrue(lost > 0);
            int shown = 0;
            while (ring.next()) {
                shown++;
            }
            program.test(packet, PACKET_BYTES, 1);
            assertEquals(lost + 1, numbers.get(LOST).orElseThrow(), "what was shown stays until it is released");
            ring.release();
            program.test(packet, PACKET_BYTES, 1);
            assertEquals(lost + 1, numbers.get(LOST).orElseThrow());
            assertTrue(shown > RING_BYTES / 32, () -> "events in a full ring");
        }
    }

    @Test
    void anEventWakesWhoSleeps() {
        BpfMap events = object.map("events");
        try (RingBuffer ring = new RingBuffer(events)) {
            Poller poller = new Poller(ring.fd());
            assertEquals(0, poller.poll(0));
            object.program("weir_ring").test(packet, PACKET_BYTES, 1);
            assertEquals(1, poller.poll(5_000_000_000L));
            assertEquals(List.of(1L), read(ring));
            assertEquals(0, poller.poll(0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {BpfUapi.BPF_MAP_TYPE_HASH, BpfUapi.BPF_MAP_TYPE_LRU_HASH, BpfUapi.BPF_MAP_TYPE_ARRAY})
    void thousandsOfEntriesGoInAndComeBack(int type) {
        int count = 10_000;
        try (BpfMap map = BpfMap.create("weir_test", type, Integer.BYTES, Long.BYTES, count * 2, 0)) {
            TypedMap<Integer, Long> typed = new TypedMap<>(map, BpfCodec.INT32, BpfCodec.INT64);
            Map<Integer, Long> entries = new TreeMap<>();
            for (int i = 0; i < count; i++) {
                entries.put(i, i * 3L + 1);
            }
            typed.putAll(entries);
            Map<Integer, Long> back = new TreeMap<>();
            typed.forEach((key, value) -> {
                if (value != 0) { // an array has all its entries from the start
                    back.put(key, value);
                }
            });
            assertEquals(entries, back);
            assertEquals(Optional.of(31L), typed.get(10));
            if (type != BpfUapi.BPF_MAP_TYPE_ARRAY) {
                assertTrue(typed.remove(10));
                assertFalse(typed.remove(10));
                assertEquals(Optional.empty(), typed.get(10));
            }
        }
    }

    @Test
    void severalKeysAreRemovedAlsoWhenSomeAreNotThere() {
        try (BpfMap map = BpfMap.create("weir_test", BpfUapi.BPF_MAP_TYPE_HASH, Integer.BYTES, Integer.BYTES, 100, 0)) {
            TypedMap<Integer, Integer> typed = new TypedMap<>(map, BpfCodec.INT32, BpfCodec.INT32);
            typed.putAll(Map.of(1, 1, 2, 2, 3, 3, 4, 4));
            NativeBuffer keys = NativeBuffer.allocate(5 * Integer.BYTES);
            int[] wanted = {9, 1, 8, 3, 7};
            for (int i = 0; i < wanted.length; i++) {
                keys.bytes().putInt(i * Integer.BYTES, wanted[i]);
            }
            map.removeAll(keys, wanted.length);
            List<Integer> left = new ArrayList<>();
            typed.forEach((key, value) -> left.add(key));
            Collections.sort(left);
            assertEquals(List.of(2, 4), left);
        }
    }

    @Test
    void aTrieIsFilledAndWalkedWhetherItsKernelBatchesOrNot() {
        BpfMap trie = object.map("trie");
        int count = 5_000;
        NativeBuffer keys = NativeBuffer.allocate(count * trie.keyBytes());
        NativeBuffer values = NativeBuffer.allocate(count * Integer.BYTES);
        for (int i = 0; i < count; i++) {
            keys.bytes().putInt(i * 8, 32);
            keys.bytes().putInt(i * 8 + 4, Integer.reverseBytes(i));
            values.bytes().putInt(i * 4, i);
        }
        assertEquals(0, trie.tryPutAll(keys, values, count));
        TypedMap<Long, Integer> typed = new TypedMap<>(trie, BpfCodec.INT64, BpfCodec.INT32);
        long[] sum = {0};
        typed.forEach((key, value) -> sum[0] += value);
        assertEquals((long) count * (count - 1) / 2, sum[0]);
    }

    @Test
    void aFullMapSaysSo() {
        try (BpfMap map = BpfMap.create("weir_test", BpfUapi.BPF_MAP_TYPE_HASH, Integer.BYTES, Integer.BYTES, 2, 0)) {
            NativeBuffer keys = NativeBuffer.allocate(3 * Integer.BYTES);
            for (int i = 0; i < 3; i++) {
                keys.bytes().putInt(i * Integer.BYTES, i);
            }
            assertEquals(-Errno.E2BIG, map.tryPutAll(keys, NativeBuffer.allocate(12), 3));
        }
    }

    @Test
    void perProcessorValuesHaveOneElementForEach() {
        BpfMap map = object.map("per_processor");
        int processors = BpfMap.possibleProcessors();
        TypedMap<Integer, List<Long>> typed =
                new TypedMap<>(map, BpfCodec.INT32, TypedMap.perProcessor(BpfCodec.INT64));
        List<Long> values = new ArrayList<>();
        for (long i = 0; i < processors; i++) {
            values.add(i + 5);
        }
        typed.putAll(Map.of(1, values, 2, Collections.nCopies(processors, 0L)));
        assertEquals(Optional.of(values), typed.get(1));
    }

    @Test
    void typesOfAnotherSizeAreRefused() {
        BpfMap numbers = object.map("numbers");
        assertThrows(IllegalArgumentException.class, () -> new TypedMap<>(numbers, BpfCodec.INT64, BpfCodec.INT64));
    }

    @Test
    void whatTheVerifierRefusesIsToldInItsWords() {
        BpfObject refused = BpfObject.open(PlumbingKernelTest.class, "/dev/weir/xdp/ring.bpf.o")
                .with("weir_refused");
        try (refused) {
            BpfLoadException refusal = assertThrows(BpfLoadException.class, refused::load);
            assertTrue(refusal.getMessage().contains("invalid access to packet"), refusal.getMessage());
            assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
            assertTrue(refusal.verifierLog().lines().count() > 3, refusal.verifierLog());
        }
    }
}
