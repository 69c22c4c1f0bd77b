package dev.weir.testkit.packet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** IP headers and the extension headers of IPv6. */
final class NetworkLayers {
    private NetworkLayers() {}

    /** RFC 791, 3.1. */
    static final class Ipv4 extends Layer {
        private static final int MORE_FRAGMENTS = 0x2000;
        private static final int DONT_FRAGMENT = 0x4000;
        private static final int OPTION_COPIED = 0x80;

        byte[] source;
        byte[] destination;
        int timeToLive = 64;
        int typeOfService;
        int identification;
        boolean dontFragment;
        boolean moreFragments;
        int fragmentOffset;
        byte[] options = {};

        Ipv4(byte[] source, byte[] destination) {
            this.source = source;
            this.destination = destination;
        }

        @Override
        String name() {
            return "ipv4";
        }

        @Override
        int etherType() {
            return 0x0800;
        }

        @Override
        int protocol() {
            return 4;
        }

        int headerLength() {
            return 20 + (options.length + 3) / 4 * 4;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int headerLength = headerLength();
            if (headerLength > 60) {
                throw new IllegalStateException("IPv4 options have room for 40 bytes, not " + options.length);
            }
            ByteBuffer header = ByteBuffer.allocate(headerLength);
            int flags = (dontFragment ? DONT_FRAGMENT : 0) | (moreFragments ? MORE_FRAGMENTS : 0);
            header.put((byte) (4 << 4 | headerLength / 4))
                    .put((byte) typeOfService)
                    .putShort((short) length(headerLength + payload.length))
                    .putShort((short) identification)
                    .putShort((short) (flags | fragmentOffset / 8))
                    .put((byte) timeToLive)
                    .put((byte) nextProtocol(next, 255))
                    .putShort((short) 0)
                    .put(source)
                    .put(destination)
                    .put(options)
                    .position(headerLength); // unused option bytes are zero: End of Option List
            byte[] all = joined(header, payload);
            put16(all, 10, checksum(InternetChecksum.finish(InternetChecksum.add(0, all, 0, headerLength))));
            return all;
        }

        @Override
        Ipv4 copy() {
            Ipv4 copy = new Ipv4(source, destination);
            copy.timeToLive = timeToLive;
            copy.typeOfService = typeOfService;
            copy.identification = identification;
            copy.dontFragment = dontFragment;
            copy.moreFragments = moreFragments;
            copy.fragmentOffset = fragmentOffset;
            copy.options = options;
            return stateAs(copy);
        }

        /** The options that go into every fragment; the others stand in the first only (RFC 791, 3.1). */
        byte[] copiedOptions() {
            ByteArrayOutputStream copied = new ByteArrayOutputStream();
            int i = 0;
            while (i < options.length) {
                int type = options[i] & 0xff;
                boolean single = type <= 1;
                int length = single || i + 1 == options.length ? 1 : options[i + 1] & 0xff;
                if (length == 0 || i + length > options.length) {
                    break; // not well formed, on purpose
                }
                if ((type & OPTION_COPIED) != 0) {
                    copied.write(options, i, length);
                }
                i += length;
            }
            return copied.toByteArray();
        }
    }

    /** RFC 8200, 3. */
    static final class Ipv6 extends Layer {
        static final int LENGTH = 40;

        byte[] source;
        byte[] destination;
        int hopLimit = 64;
        int trafficClass;
        int flowLabel;

        Ipv6(byte[] source, byte[] destination) {
            this.source = source;
            this.destination = destination;
        }

        @Override
        String name() {
            return "ipv6";
        }

        @Override
        int etherType() {
            return 0x86dd;
        }

        @Override
        int protocol() {
            return 41;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            return joined(
                    ByteBuffer.allocate(LENGTH)
                            .putInt(6 << 28 | trafficClass << 20 | flowLabel)
                            .putShort((short) length(payload.length))
                            .put((byte) nextProtocol(next, 59))
                            .put((byte) hopLimit)
                            .put(source)
                            .put(destination),
                    payload);
        }

        @Override
        Layer copy() {
            Ipv6 copy = new Ipv6(source, destination);
            copy.hopLimit = hopLimit;
            copy.trafficClass = trafficClass;
            copy.flowLabel = flowLabel;
            return stateAs(copy);
        }
    }

    /** An extension header of next header, length in 8-byte units less one, and content (RFC 8200, 4). */
    static class Extension extends Layer {
        static final int HOP_BY_HOP = 0;
        static final int ROUTING = 43;
        static final int DESTINATION_OPTIONS = 60;

        final int number;
        private final byte[] content;

        /** The content is what follows next header and length; it is filled up with a padding option. */
        Extension(int number, byte[] content) {
            this.number = number;
            this.content = content;
        }

        @Override
        String name() {
            return "IPv6 extension header " + number;
        }

        @Override
        int protocol() {
            return number;
        }

        /** True for those that every router on the way reads, and that so stand before a fragment header. */
        boolean isPerHop() {
            return number == HOP_BY_HOP || number == ROUTING;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int length = (2 + content.length + 7) / 8 * 8;
            ByteBuffer header = ByteBuffer.allocate(length)
                    .put((byte) nextProtocol(next, 59))
                    .put((byte) length(length / 8 - 1))
                    .put(content);
            int padding = header.remaining();
            if (padding > 1) {
                header.put((byte) 1).put((byte) (padding - 2)); // PadN; a single byte left is Pad1, which is zero
            }
            return joined(header.position(length), payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Extension(number, content));
        }
    }

    /** A segment routing header (RFC 8754, 2): the only routing header in common use. */
    static final class Routing extends Extension {
        private static final int TYPE_SEGMENT_ROUTING = 4;

        private final int segmentsLeft;
        private final List<byte[]> path;

        Routing(int segmentsLeft, List<byte[]> path) {
            super(ROUTING, content(segmentsLeft, path));
            this.segmentsLeft = segmentsLeft;
            this.path = path;
        }

        private static byte[] content(int segmentsLeft, List<byte[]> path) {
            ByteBuffer content = ByteBuffer.allocate(6 + 16 * path.size())
                    .put((byte) TYPE_SEGMENT_ROUTING)
                    .put((byte) segmentsLeft)
                    .put((byte) (path.size() - 1))
                    .put((byte) 0)
                    .putShort((short) 0);
            for (int i = path.size() - 1; i >= 0; i--) {
                content.put(path.get(i)); // the segment list is written from the last one on
            }
            return content.array();
        }

        /** The destination that checksums cover while the packet is under way (RFC 8200, 8.1). */
        byte[] finalDestination() {
            return segmentsLeft > 0 ? path.get(path.size() - 1) : null;
        }

        @Override
        Layer copy() {
            return stateAs(new Routing(segmentsLeft, path));
        }
    }

    /** RFC 8200, 4.5. */
    static final class Fragment extends Layer {
        static final int LENGTH = 8;

        private final int offset;
        private final boolean more;
        private final int identification;

        Fragment(int offset, boolean more, int identification) {
            this.offset = offset;
            this.more = more;
            this.identification = identification;
        }

        @Override
        String name() {
            return "IPv6 fragment header";
        }

        @Override
        int protocol() {
            return 44;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            return joined(
                    ByteBuffer.allocate(LENGTH)
                            .put((byte) nextProtocol(next, 59))
                            .put((byte) 0)
                            .putShort((short) (offset / 8 << 3 | (more ? 1 : 0)))
                            .putInt(identification),
                    payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Fragment(offset, more, identification));
        }
    }

    /** An authentication header (RFC 4302, 2); its length counts 4-byte units less two. */
    static final class Authentication extends Layer {
        private final int securityParameters;
        private final int sequence;
        private final byte[] integrityValue;

        Authentication(int securityParameters, int sequence, byte[] integrityValue) {
            this.securityParameters = securityParameters;
            this.sequence = sequence;
            this.integrityValue = integrityValue;
        }

        @Override
        String name() {
            return "authentication header";
        }

        @Override
        int protocol() {
            return 51;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int length = 12 + integrityValue.length;
            return joined(
                    ByteBuffer.allocate(length)
                            .put((byte) nextProtocol(next, 59))
                            .put((byte) length(length / 4 - 2))
                            .putShort((short) 0)
                            .putInt(securityParameters)
                            .putInt(sequence)
                            .put(integrityValue),
                    payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Authentication(securityParameters, sequence, integrityValue));
        }
    }
}
