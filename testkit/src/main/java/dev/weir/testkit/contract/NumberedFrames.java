package dev.weir.testkit.contract;

import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Frames that say which one they are: UDP over IPv4 between the benchmark addresses of RFC 2544, with a number in the
 * payload. Of different lengths and a thousand flows; told apart from whatever else a live interface carries.
 */
public final class NumberedFrames {
    /** The destination port of all of them. */
    public static final int PORT = 47_111;

    private static final int MAGIC = 0x77656972;
    private static final int FIRST_SOURCE_PORT = 20_000;
    private static final int FLOWS = 1_000;
    private static final int LENGTHS = 400;

    private NumberedFrames() {}

    /** The frame of a number, 50 to 449 bytes of Ethernet. */
    public static byte[] frame(int number) {
        ByteBuffer payload = ByteBuffer.allocate(8 + number % LENGTHS);
        payload.putInt(MAGIC).putInt(number);
        while (payload.hasRemaining()) {
            payload.put((byte) number);
        }
        return PacketBuilder.ethernet()
                .ipv4("198.18.0.1", "198.18.0.2")
                .udp(FIRST_SOURCE_PORT + number % FLOWS, PORT)
                .payload(payload.array())
                .build();
    }

    /** The frames of the numbers from {@code from} on. */
    public static List<byte[]> frames(int from, int count) {
        List<byte[]> frames = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            frames.add(frame(from + i));
        }
        return frames;
    }

    /** The number in a packet; -1 when it is none of these frames. Allocates nothing. */
    public static int number(Packet packet) {
        Headers headers = packet.headers();
        if (headers.protocol() != Protocols.UDP || headers.destinationPort() != PORT) {
            return -1;
        }
        Bytes bytes = packet.bytes();
        int payload = headers.payloadOffset();
        if (payload < 0 || bytes.length() < payload + 8 || bytes.i32(payload) != MAGIC) {
            return -1;
        }
        return bytes.i32(payload + 4);
    }
}
