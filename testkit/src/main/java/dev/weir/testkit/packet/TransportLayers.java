package dev.weir.testkit.packet;

import dev.weir.Protocols;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Headers above IP. */
final class TransportLayers {
    private TransportLayers() {}

    /** RFC 9293, 3.1. */
    static final class Tcp extends Layer {
        private static final int MIN_LENGTH = 20;

        private final int sourcePort;
        private final int destinationPort;
        int sequence;
        int acknowledgment;
        int flags;
        int window = 65_535;
        int urgentPointer;
        byte[] options = {};

        Tcp(int sourcePort, int destinationPort) {
            this.sourcePort = sourcePort;
            this.destinationPort = destinationPort;
        }

        @Override
        String name() {
            return "tcp";
        }

        @Override
        int protocol() {
            return Protocols.TCP;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int headerLength = MIN_LENGTH + (options.length + 3) / 4 * 4;
            if (headerLength > 60) {
                throw new IllegalStateException("TCP options have room for 40 bytes, not " + options.length);
            }
            ByteBuffer header = ByteBuffer.allocate(headerLength)
                    .putShort((short) sourcePort)
                    .putShort((short) destinationPort)
                    .putInt(sequence)
                    .putInt(acknowledgment)
                    .put((byte) (length(headerLength) / 4 << 4))
                    .put((byte) flags)
                    .putShort((short) window)
                    .putShort((short) 0)
                    .putShort((short) urgentPointer)
                    .put(options)
                    .position(headerLength);
            byte[] all = joined(header, payload);
            put16(all, 16, checksum(pseudo == null ? 0 : pseudo.checksum(Protocols.TCP, all, all.length)));
            return all;
        }

        @Override
        Layer copy() {
            Tcp copy = new Tcp(sourcePort, destinationPort);
            copy.sequence = sequence;
            copy.acknowledgment = acknowledgment;
            copy.flags = flags;
            copy.window = window;
            copy.urgentPointer = urgentPointer;
            copy.options = options;
            return stateAs(copy);
        }
    }

    /** RFC 768. */
    static final class Udp extends Layer {
        private final int sourcePort;
        private final int destinationPort;

        Udp(int sourcePort, int destinationPort) {
            this.sourcePort = sourcePort;
            this.destinationPort = destinationPort;
        }

        @Override
        String name() {
            return "udp";
        }

        @Override
        int protocol() {
            return Protocols.UDP;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            byte[] all = joined(
                    ByteBuffer.allocate(8)
                            .putShort((short) sourcePort)
                            .putShort((short) destinationPort)
                            .putShort((short) length(8 + payload.length))
                            .putShort((short) 0),
                    payload);
            int computed = pseudo == null ? 0 : pseudo.checksum(Protocols.UDP, all, all.length);
            put16(all, 6, checksum(computed == 0 ? 0xffff : computed)); // zero would say that there is none
            return all;
        }

        @Override
        Layer copy() {
            return stateAs(new Udp(sourcePort, destinationPort));
        }
    }

    /** RFC 792 and RFC 4443: type, code, checksum, and four bytes that depend on the type. */
    static final class Icmp extends Layer {
        private final int protocol;
        private final int type;
        private final int code;
        private final int rest;

        Icmp(int protocol, int type, int code, int rest) {
            this.protocol = protocol;
            this.type = type;
            this.code = code;
            this.rest = rest;
        }

        @Override
        String name() {
            return protocol == Protocols.ICMP ? "icmp" : "icmpv6";
        }

        @Override
        int protocol() {
            return protocol;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            byte[] all = joined(
                    ByteBuffer.allocate(8)
                            .put((byte) type)
                            .put((byte) code)
                            .putShort((short) 0)
                            .putInt(rest),
                    payload);
            int computed;
            if (protocol == Protocols.ICMP) {
                computed = InternetChecksum.finish(InternetChecksum.add(0, all, 0, all.length));
            } else {
                computed = pseudo == null ? 0 : pseudo.checksum(Protocols.IPV6_ICMP, all, all.length);
            }
            put16(all, 2, checksum(computed));
            return all;
        }

        @Override
        Layer copy() {
            return stateAs(new Icmp(protocol, type, code, rest));
        }
    }

    /** The common header of SCTP (RFC 9260, 3.1); chunks are the payload. */
    static final class Sctp extends Layer {
        private final int sourcePort;
        private final int destinationPort;

        Sctp(int sourcePort, int destinationPort) {
            this.sourcePort = sourcePort;
            this.destinationPort = destinationPort;
        }

        @Override
        String name() {
            return "sctp";
        }

        @Override
        int protocol() {
            return Protocols.SCTP;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            byte[] all = joined(
                    ByteBuffer.allocate(12)
                            .putShort((short) sourcePort)
                            .putShort((short) destinationPort)
                            .putInt(1)
                            .putInt(0),
                    payload);
            CRC32C crc = new CRC32C();
            crc.update(all);
            int value = Integer.reverseBytes((int) crc.getValue()); // the one little-endian field (RFC 9260, 6.8)
            value = statedChecksum != COMPUTE ? statedChecksum : badChecksum ? ~value : value;
            put16(all, 8, value >>> 16);
            put16(all, 10, value);
            return all;
        }

        @Override
        Layer copy() {
            return stateAs(new Sctp(sourcePort, destinationPort));
        }
    }

    /** Bytes as they are. */
    static final class Payload extends Layer {
        private final byte[] bytes;

        Payload(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        String name() {
            return "payload";
        }

        @Override
        int protocol() {
            return 255; // reserved: says nothing about what follows
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            return joined(ByteBuffer.allocate(bytes.length).put(bytes), payload);
        }

        @Override
        Layer copy() {
            return this;
        }
    }
}
