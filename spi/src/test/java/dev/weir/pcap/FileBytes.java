package dev.weir.pcap;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Composes capture files byte by byte, in either order, right or wrong. */
final class FileBytes {
    private final ByteOrder order;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private FileBytes(ByteOrder order) {
        this.order = order;
    }

    static FileBytes in(ByteOrder order) {
        return new FileBytes(order);
    }

    FileBytes u8(int... values) {
        for (int value : values) {
            out.write(value);
        }
        return this;
    }

    FileBytes u16(int value) {
        return bytes(ByteBuffer.allocate(2).order(order).putShort((short) value).array());
    }

    FileBytes u32(long value) {
        return bytes(ByteBuffer.allocate(4).order(order).putInt((int) value).array());
    }

    FileBytes u64(long value) {
        return bytes(ByteBuffer.allocate(8).order(order).putLong(value).array());
    }

    FileBytes bytes(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    FileBytes pcapHeader(int magic, int snapLength, int linkType) {
        return u32(magic).u16(2).u16(4).u64(0).u32(snapLength).u32(linkType);
    }

    FileBytes pcapRecord(long seconds, long fraction, int wireLength, byte... data) {
        return u32(seconds).u32(fraction).u32(data.length).u32(wireLength).bytes(data);
    }

    FileBytes block(int type, FileBytes body) {
        byte[] bytes = body.toByteArray();
        int padding = -bytes.length & 3;
        int length = 12 + bytes.length + padding;
        return u32(type).u32(length).bytes(bytes).bytes(new byte[padding]).u32(length);
    }

    FileBytes section() {
        return block(0x0a0d0d0a, body().u32(0x1a2b3c4d).u16(1).u16(0).u64(-1));
    }

    FileBytes interfaceDescription(int linkType, int snapLength, FileBytes options) {
        return block(1, body().u16(linkType).u16(0).u32(snapLength).bytes(options.toByteArray()));
    }

    FileBytes option(int code, byte... value) {
        return u16(code).u16(value.length).bytes(value).bytes(new byte[-value.length & 3]);
    }

    FileBytes enhanced(int interfaceNumber, long time, int wireLength, byte... data) {
        return block(
                6,
                body().u32(interfaceNumber)
                        .u32(time >>> 32)
                        .u32(time)
                        .u32(data.length)
                        .u32(wireLength)
                        .bytes(data)
                        .bytes(new byte[-data.length & 3]));
    }

    FileBytes simple(int wireLength, byte... data) {
        return block(3, body().u32(wireLength).bytes(data));
    }

    FileBytes obsolete(int interfaceNumber, int drops, long time, int wireLength, byte... data) {
        return block(
                2,
                body().u16(interfaceNumber)
                        .u16(drops)
                        .u32(time >>> 32)
                        .u32(time)
                        .u32(data.length)
                        .u32(wireLength)
                        .bytes(data));
    }

    /** An empty piece of the same byte order. */
    FileBytes body() {
        return new FileBytes(order);
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    /** A packet whose bytes count up from a value. */
    static byte[] packet(int length, int first) {
        byte[] packet = new byte[length];
        for (int i = 0; i < length; i++) {
            packet[i] = (byte) (first + i);
        }
        return packet;
    }
}
