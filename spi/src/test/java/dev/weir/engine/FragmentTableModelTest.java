package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FragmentTableModelTest {
    private static final int MORE = 0x2000;

    /** An IPv4 fragment of a UDP datagram, RFC 791, 3.1: offset in units of 8 bytes. */
    private static Headers fragment(int host, int identification, int offset, int sourcePort) {
        ByteBuffer packet = ByteBuffer.allocate(36)
                .put(0, (byte) 0x45)
                .putShort(2, (short) 36)
                .putShort(4, (short) identification)
                .putShort(6, (short) (MORE | offset))
                .put(8, (byte) 64)
                .put(9, (byte) 17)
                .putInt(12, 0x0a000000 | host)
                .putInt(16, 0x0a010001)
                .putShort(20, (short) sourcePort)
                .putShort(22, (short) 80)
                .putShort(24, (short) 2000);
        Headers headers = new Headers();
        headers.decode(new Bytes().wrap(packet, 0, 36), LinkType.IPV4);
        assertTrue(headers.isFragment());
        return headers;
    }

    @Test
    void laterFragmentsHaveThePortsOfTheFirstWhereTheyAreRemembered() {
        Random random = new Random(5);
        FragmentTable table = new FragmentTable(new HashSeed());
        Map<Long, Integer> model = new HashMap<>();
        int asked = 0;
        int forgotten = 0;
        for (int step = 0; step < 20_000; step++) {
            int host = random.nextInt(4);
            int identification = random.nextInt(50);
            long datagram = (long) host << 32 | identification;
            if (random.nextInt(3) == 0) {
                int port = 1 + random.nextInt(60_000);
                int ports = table.ports(fragment(host, identification, 0, port), step);
                boolean overtaken = model.getOrDefault(datagram, 1) == 0;
                assertTrue(ports == (port << 16 | 80) || overtaken && ports == 0, "other ports than its own");
                model.put(datagram, ports);
            } else {
                int ports = table.ports(fragment(host, identification, 8, 4711), step);
                int expected = model.computeIfAbsent(datagram, key -> 0);
                assertTrue(ports == 0 || ports == expected, "ports of another datagram");
                asked++;
                forgotten += ports != expected ? 1 : 0;
                model.put(datagram, ports);
            }
        }
        assertTrue(forgotten < asked / 20, "200 datagrams hardly ever meet in 4,096 places: " + forgotten);
    }

    @Test
    void theyAreForgottenAfterAMinuteAndUnderAFlood() {
        FragmentTable table = new FragmentTable(new HashSeed());
        table.ports(fragment(1, 1, 0, 7), 1000);
        assertEquals(7 << 16 | 80, table.ports(fragment(1, 1, 8, 0), 59_000_000_000L));
        assertEquals(0, table.ports(fragment(1, 1, 16, 0), 60_000_002_000L));
        table.ports(fragment(1, 2, 0, 8), 1);
        for (int i = 0; i < 60_000; i++) {
            table.ports(fragment(2, i, 0, 9), 2 + i);
        }
        assertEquals(0, table.ports(fragment(1, 2, 8, 0), 70_000));
    }
}
