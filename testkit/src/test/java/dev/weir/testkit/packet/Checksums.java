package dev.weir.testkit.packet;

import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Verifies checksums another way than the builder computes them: all 16-bit words as one big number modulo 65,535,
 * which is zero exactly when the ones' complement sum is all ones.
 */
final class Checksums {
    private static final BigInteger MODULUS = BigInteger.valueOf(65_535);

    private Checksums() {}

    /** True when the words, one after the other, add up. */
    static boolean sumsUp(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteBuffer all = ByteBuffer.allocate(length + length % 2);
        Arrays.stream(parts).forEach(all::put);
        return new BigInteger(1, all.array()).mod(MODULUS).signum() == 0;
    }

    static boolean ipv4(byte[] frame, int linkType) {
        Headers headers = decode(frame, linkType);
        int ip = headers.networkOffset();
        return sumsUp(Arrays.copyOfRange(frame, ip, ip + (frame[ip] & 0xf) * 4));
    }

    /** The checksum of TCP, UDP or ICMPv6 with its pseudo header; of ICMP without. */
    static boolean transport(byte[] frame, int linkType) {
        Headers headers = decode(frame, linkType);
        int ip = headers.networkOffset();
        byte[] addresses = headers.ipVersion() == 4
                ? Arrays.copyOfRange(frame, ip + 12, ip + 20)
                : Arrays.copyOfRange(frame, ip + 8, ip + 40);
        byte[] segment = Arrays.copyOfRange(frame, headers.transportOffset(), headers.networkEnd());
        if (headers.protocol() == 1) {
            return sumsUp(segment);
        }
        byte[] rest = ByteBuffer.allocate(8)
                .putInt(segment.length)
                .putInt(headers.protocol())
                .array();
        return sumsUp(addresses, rest, segment);
    }

    static Headers decode(byte[] frame, int linkType) {
        Headers headers = new Headers();
        headers.decode(Bytes.of(frame), linkType);
        return headers;
    }
}
