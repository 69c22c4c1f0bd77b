package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.FlowKey;
import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TupleTest {
    private final HashSeed seed = new HashSeed();

    private Tuple udp(byte[] source, byte[] destination, int sourcePort, int destinationPort) {
        boolean v4 = source.length == 4;
        int ip = v4 ? 20 : 40;
        ByteBuffer packet = ByteBuffer.allocate(ip + 8);
        if (v4) {
            packet.put(0, (byte) 0x45).putShort(2, (short) 28).put(9, (byte) 17);
            packet.put(12, source).put(16, destination);
        } else {
            packet.put(0, (byte) 0x60).putShort(4, (short) 8).put(6, (byte) 17);
            packet.put(8, source).put(24, destination);
        }
        packet.putShort(ip, (short) sourcePort)
                .putShort(ip + 2, (short) destinationPort)
                .putShort(ip + 4, (short) 8);
        Headers headers = new Headers();
        headers.decode(new Bytes().wrap(packet, 0, packet.capacity()), v4 ? LinkType.IPV4 : LinkType.IPV6);
        Tuple tuple = new Tuple();
        tuple.set(headers, headers.sourcePort(), headers.destinationPort(), seed);
        assertEquals(headers.key(), tuple.key(tuple.fromHigh));
        return tuple;
    }

    @Test
    void bothDirectionsGiveOneTupleAndDifferentConversationsDiffer() {
        Random random = new Random(11);
        Map<FlowKey, Tuple> seen = new HashMap<>();
        for (int i = 0; i < 50_000; i++) {
            int length = random.nextBoolean() ? 4 : 16;
            byte[] one = new byte[length];
            byte[] other = new byte[length];
            one[length - 1] = (byte) random.nextInt(5);
            other[length - 1] = (byte) random.nextInt(5);
            one[0] = (byte) (random.nextInt(2) * 0xff);
            int from = random.nextInt(4) * 20_000;
            int to = random.nextInt(4) * 20_000;
            Tuple there = udp(one, other, from, to);
            Tuple back = udp(other, one, to, from);
            assertTrue(there.sameFlow(back));
            assertEquals(there.hash, back.hash);
            if (!java.util.Arrays.equals(one, other) || from != to) {
                assertNotEquals(there.fromHigh, back.fromHigh);
                assertEquals(there.key(true), there.key(false).reversed());
            }
            Tuple before = seen.putIfAbsent(there.key(false), there);
            assertTrue(before == null || before.sameFlow(there));
        }
        Set<Long> hashes = new HashSet<>();
        seen.values().forEach(tuple -> assertTrue(hashes.add(tuple.hash), "64 bits collide among a few hundred"));
        Tuple copy = new Tuple();
        Tuple any = seen.values().iterator().next();
        copy.copyFrom(any);
        assertTrue(copy.sameFlow(any));
        copy.vlans = 0x1001;
        assertFalse(copy.sameFlow(any));
    }

    @Test
    void anotherSeedGivesOtherHashes() {
        Tuple tuple = udp(new byte[] {10, 0, 0, 1}, new byte[] {10, 0, 0, 2}, 1, 2);
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            hashes.add(new HashSeed().hash(tuple.lowHigh, tuple.lowLow, tuple.highHigh, tuple.highLow, 0, 0));
        }
        assertEquals(100, hashes.size());
    }
}
