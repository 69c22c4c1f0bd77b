package dev.weir.testkit.packet;

import java.nio.ByteBuffer;

/** One header of a packet to be built. Multi-byte fields are written in network order. */
abstract class Layer {
    /** A length or checksum that is to be computed. */
    static final int COMPUTE = -1;

    /** Stated instead of the true length, when the test asks for it. */
    int statedLength = COMPUTE;

    /** Stated instead of the true checksum, when the test asks for it. */
    int statedChecksum = COMPUTE;

    /** Has the true checksum turned into a wrong one. */
    boolean badChecksum;

    /** The type of what follows when the next layer does not say it, or should not: an EtherType or IP protocol. */
    int statedNext = COMPUTE;

    /** What this layer is called in messages. */
    abstract String name();

    /** Header and payload in one array. */
    abstract byte[] wrap(byte[] payload, Layer next, Pseudo pseudo);

    /** The EtherType that announces this layer, or {@link #COMPUTE} when it cannot follow a link header. */
    int etherType() {
        return COMPUTE;
    }

    /** The IP protocol number that announces this layer, or {@link #COMPUTE} when it cannot follow an IP header. */
    int protocol() {
        return COMPUTE;
    }

    /** A deep enough copy: what a builder changes in one is not seen in the other. */
    abstract Layer copy();

    final <T extends Layer> T stateAs(T copy) {
        copy.statedLength = statedLength;
        copy.statedChecksum = statedChecksum;
        copy.badChecksum = badChecksum;
        copy.statedNext = statedNext;
        return copy;
    }

    final int length(int computed) {
        return statedLength != COMPUTE ? statedLength : computed;
    }

    final int checksum(int computed) {
        if (statedChecksum != COMPUTE) {
            return statedChecksum;
        }
        return badChecksum ? computed ^ 0x5555 : computed;
    }

    final int nextEtherType(Layer next) {
        return statedNext != COMPUTE ? statedNext : next == null ? COMPUTE : next.etherType();
    }

    final int nextProtocol(Layer next, int none) {
        if (statedNext != COMPUTE) {
            return statedNext;
        }
        int protocol = next == null ? none : next.protocol();
        if (protocol == COMPUTE) {
            throw new IllegalStateException(next.name() + " cannot stand in " + name()
                    + ": it has no IP protocol number; state one with protocol(n)");
        }
        return protocol;
    }

    static byte[] joined(ByteBuffer header, byte[] payload) {
        byte[] all = new byte[header.position() + payload.length];
        header.get(0, all, 0, header.position());
        System.arraycopy(payload, 0, all, header.position(), payload.length);
        return all;
    }

    static void put16(byte[] bytes, int offset, int value) {
        bytes[offset] = (byte) (value >>> 8);
        bytes[offset + 1] = (byte) value;
    }

    /** The addresses that transport checksums cover. */
    record Pseudo(byte[] source, byte[] destination) {
        /** RFC 9293, 3.1 and RFC 8200, 8.1: addresses, upper-layer length, protocol, then the segment itself. */
        int checksum(int protocol, byte[] segment, int coveredLength) {
            long sum = InternetChecksum.add(0, source, 0, source.length);
            sum = InternetChecksum.add(sum, destination, 0, destination.length);
            sum += segment.length >>> 16;
            sum += segment.length & 0xffff;
            sum += protocol;
            return InternetChecksum.finish(InternetChecksum.add(sum, segment, 0, coveredLength));
        }
    }
}
