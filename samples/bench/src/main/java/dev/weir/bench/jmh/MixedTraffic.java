package dev.weir.bench.jmh;

import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Frames of many kinds in one buffer, as in a ring: always the same ones, in an order that no predictor knows. */
public final class MixedTraffic {
    /** Frames in the buffer. */
    public static final int FRAMES = 1_000;

    private static final int ALIGNMENT = 16;

    /** In hundredths: what there is of each kind. */
    private static final int[] SHARES = {40, 25, 15, 5, 5, 2, 2, 2, 2, 2};

    private final List<byte[]> frames = new ArrayList<>();
    private final ByteBuffer memory;
    private final ByteBuffer places;

    /** Builds the frames. */
    public MixedTraffic() {
        Random random = new Random(42);
        int bytes = 0;
        for (int i = 0; i < FRAMES; i++) {
            byte[] frame = frame(random);
            frames.add(frame);
            bytes += aligned(frame.length);
        }
        memory = ByteBuffer.allocateDirect(bytes);
        places = ByteBuffer.allocateDirect(FRAMES * 2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        int at = 0;
        for (byte[] frame : frames) {
            memory.put(at, frame);
            places.putInt(at).putInt(frame.length);
            at += aligned(frame.length);
        }
        places.clear();
    }

    private static int aligned(int length) {
        return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static byte[] frame(Random random) {
        int kind = 0;
        for (int left = random.nextInt(100); left >= SHARES[kind]; kind++) {
            left -= SHARES[kind];
        }
        int port = 40_000 + random.nextInt(20_000); // none that pcap4j would look behind
        int payload = random.nextInt(4) == 0 ? 0 : random.nextInt(1_400);
        PacketBuilder ethernet = PacketBuilder.ethernet();
        String v4 = "10.1." + random.nextInt(256) + "." + random.nextInt(256);
        String v6 = "2001:db8::" + Integer.toHexString(random.nextInt(0x10000));
        return switch (kind) {
            case 0 -> tcp(ethernet.ipv4(v4, "192.0.2.1"), port, payload);
            case 1 ->
                ethernet.ipv4(v4, "192.0.2.1")
                        .udp(port, 4433)
                        .payloadOf(payload)
                        .build();
            case 2 -> tcp(ethernet.ipv6(v6, "2001:db8::1"), port, payload);
            case 3 ->
                ethernet.ipv6(v6, "2001:db8::1")
                        .udp(port, 4433)
                        .payloadOf(payload)
                        .build();
            case 4 -> tcp(ethernet.vlan(7).ipv4(v4, "192.0.2.1"), port, payload);
            case 5 -> tcp(ethernet.vlan(7).vlan(8).ipv4(v4, "192.0.2.1"), port, payload);
            case 6 ->
                ethernet.ipv4(v4, "192.0.2.1").echoRequest(1, 2).payloadOf(56).build();
            case 7 ->
                tcp(
                        ethernet.ipv4(v4, "192.0.2.1").ipv4Options((byte) 0x94, (byte) 4, (byte) 0, (byte) 0),
                        port,
                        payload);
            case 8 ->
                tcp(
                        ethernet.ipv6(v6, "2001:db8::1")
                                .hopByHop((byte) 1, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) 0),
                        port,
                        payload);
            default -> ethernet.arpRequest("10.0.0.1", "10.0.0.2").build();
        };
    }

    private static byte[] tcp(PacketBuilder ip, int port, int payload) {
        return ip.tcp(port, 443)
                .ack()
                .nop()
                .nop()
                .timestamps(1, 2)
                .payloadOf(payload)
                .build();
    }

    /** Each frame in an array of its own. */
    public List<byte[]> frames() {
        return frames;
    }

    /** All frames, each at a multiple of 16 bytes. */
    public ByteBuffer memory() {
        return memory;
    }

    /** For each frame its offset in {@link #memory()} and its length, in native order. */
    public ByteBuffer places() {
        return places;
    }
}
