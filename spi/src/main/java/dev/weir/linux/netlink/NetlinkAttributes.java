package dev.weir.linux.netlink;

import dev.weir.linux.netlink.Netlink.NlAttr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Walks a list of attributes. Made once and wrapped again; allocates nothing, {@link #string()} excepted.
 *
 * <p>A length that cannot be ends the walk. A number that is wider than its attribute reads as 0: check
 * {@link #payloadBytes()} where that matters.
 */
public final class NetlinkAttributes {
    private ByteBuffer bytes;
    private int attribute;
    private int length;
    private int next;
    private int end;
    private boolean malformed;

    /** Wraps nothing yet. */
    public NetlinkAttributes() {}

    /** @param bytes in the machine's byte order; looked at by index */
    public NetlinkAttributes wrap(ByteBuffer bytes, int offset, int lengthBytes) {
        this.bytes = bytes;
        this.end = Objects.checkFromIndexSize(offset, lengthBytes, bytes.capacity()) + lengthBytes;
        this.next = offset;
        this.length = 0;
        this.malformed = false;
        return this;
    }

    /** Steps to the next attribute; false at the end. */
    public boolean next() {
        int left = end - next;
        if (left < NlAttr.BYTES) {
            // Up to three bytes may be padding.
            return false;
        }
        int claimed = Short.toUnsignedInt(bytes.getShort(next + NlAttr.LEN));
        if (claimed < NlAttr.BYTES || claimed > left) {
            malformed = true;
            next = end;
            return false;
        }
        attribute = next;
        length = claimed;
        next = (int) Math.min(end, (long) attribute + Netlink.align(length));
        return true;
    }

    /** The walk ended early, at a length that cannot be. */
    public boolean isMalformed() {
        return malformed;
    }

    /** Without the flags for nesting and byte order. */
    public int type() {
        return bytes.getShort(attribute + NlAttr.TYPE) & Netlink.NLA_TYPE_MASK & 0xFFFF;
    }

    public ByteBuffer bytes() {
        return bytes;
    }

    /** Where the payload starts in {@link #bytes()}. */
    public int payload() {
        return attribute + NlAttr.BYTES;
    }

    public int payloadBytes() {
        return length - NlAttr.BYTES;
    }

    /** Wraps the attributes inside this one. */
    public NetlinkAttributes nested(NetlinkAttributes inner) {
        return inner.wrap(bytes, payload(), payloadBytes());
    }

    public int unsigned8() {
        return payloadBytes() < Byte.BYTES ? 0 : Byte.toUnsignedInt(bytes.get(payload()));
    }

    public int unsigned16() {
        return payloadBytes() < Short.BYTES ? 0 : Short.toUnsignedInt(bytes.getShort(payload()));
    }

    public int int32() {
        return payloadBytes() < Integer.BYTES ? 0 : bytes.getInt(payload());
    }

    public long int64() {
        return payloadBytes() < Long.BYTES ? 0 : bytes.getLong(payload());
    }

    /** From network order. */
    public int unsigned16Network() {
        int value = unsigned16();
        return bytes.order() == ByteOrder.BIG_ENDIAN ? value : Short.toUnsignedInt(Short.reverseBytes((short) value));
    }

    /** From network order. */
    public int int32Network() {
        return bytes.order() == ByteOrder.BIG_ENDIAN ? int32() : Integer.reverseBytes(int32());
    }

    /** From network order. */
    public long int64Network() {
        return bytes.order() == ByteOrder.BIG_ENDIAN ? int64() : Long.reverseBytes(int64());
    }

    /** Up to the first zero byte or the end of the attribute. */
    public String string() {
        int characters = 0;
        while (characters < payloadBytes() && bytes.get(payload() + characters) != 0) {
            characters++;
        }
        byte[] text = new byte[characters];
        bytes.get(payload(), text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
