package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the packet builder builds is the truth: checksums and lengths are spoilt, then repaired. */
class PayloadRepairTest {
    private static final int ETHERNET = 14;

    static Stream<Function<byte[], PacketBuilder>> packets() {
        return Stream.of(
                payload -> ipv4().udp(1, 2).payload(payload),
                payload -> ipv4().tcp(1, 2).payload(payload),
                payload -> ipv6().udp(1, 2).payload(payload),
                payload -> ipv6().tcp(1, 2).payload(payload));
    }

    private static PacketBuilder ipv4() {
        return PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.200");
    }

    private static PacketBuilder ipv6() {
        return PacketBuilder.ethernet().ipv6("fd77::1", "fd77::ffff:2");
    }

    @ParameterizedTest
    @MethodSource("packets")
    void lengthsAndChecksumsAreThoseOfAPacketBuiltLikeThat(Function<byte[], PacketBuilder> like) {
        Random random = new Random(3);
        for (int length = 1; length < 200; length++) {
            byte[] before = new byte[50];
            byte[] after = new byte[length];
            random.nextBytes(before);
            random.nextBytes(after);
            byte[] expected = ip(like.apply(after).build());
            byte[] changed = Arrays.copyOf(ip(like.apply(before).build()), expected.length);
            System.arraycopy(after, 0, changed, changed.length - length, length);
            ByteBuffer buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
            assertNull(new PayloadRepair().repair(buffer, 1_500));
            assertArrayEquals(expected, changed, "payload of " + length);
        }
    }

    @Test
    void whatCannotGoOutIsRefusedWithItsReason() {
        byte[] packet = ip(ipv4().udp(1, 2).payload(new byte[100]).build());
        assertNull(repair(packet, packet.length));
        assertEquals(PayloadRepair.ABOVE_MTU, repair(packet, packet.length - 1));
        assertEquals(PayloadRepair.TOO_LONG, repair(new byte[65_532], 100_000));
        assertEquals(PayloadRepair.NOT_IP, repair(new byte[40], 1_500));
        assertEquals(PayloadRepair.IP_CUT, repair(Arrays.copyOf(packet, 19), 1_500));
        assertEquals(PayloadRepair.TRANSPORT_CUT, repair(Arrays.copyOf(packet, 27), 1_500));
        byte[] ipv6 = ip(ipv6().tcp(1, 2).payload(new byte[10]).build());
        assertEquals(PayloadRepair.IP_CUT, repair(Arrays.copyOf(ipv6, 39), 1_500));
        assertEquals(PayloadRepair.TRANSPORT_CUT, repair(Arrays.copyOf(ipv6, 59), 1_500));
    }

    @Test
    void randomBytesAreRepairedOrRefusedAndNothingElse() {
        Random random = new Random(9);
        for (int i = 0; i < 50_000; i++) {
            byte[] packet = new byte[1 + random.nextInt(120)];
            random.nextBytes(packet);
            packet[0] = (byte) ((random.nextBoolean() ? 0x40 : 0x60) | packet[0] & 0xf);
            if (packet.length > 6 && packet[0] >>> 4 == 6) {
                packet[6] = (byte) new int[] {0, 43, 60, 6, 17, 58, 44}[random.nextInt(7)];
            }
            repair(packet, 1_500);
        }
    }

    private static String repair(byte[] packet, int mtu) {
        return new PayloadRepair().repair(ByteBuffer.wrap(packet.clone()), mtu);
    }

    private static byte[] ip(byte[] frame) {
        return Arrays.copyOfRange(frame, ETHERNET, frame.length);
    }
}
