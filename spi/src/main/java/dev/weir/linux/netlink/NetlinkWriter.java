package dev.weir.linux.netlink;

import dev.weir.linux.NativeBuffer;
import dev.weir.linux.netlink.Netlink.NlAttr;
import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes netlink messages one after the other into native memory, to be sent in one call. Made once, used again after
 * {@link #reset()}; allocates nothing. For one thread.
 *
 * <p>A message is begun, gets its fixed part with {@link #extend} and its attributes, and is ended. Lengths and padding
 * are filled in here. When the buffer is too small a {@link BufferOverflowException} is thrown and what stands
 * in the buffer is of no use.
 */
public final class NetlinkWriter {
    private static final int NONE = -1;
    private static final int MAXIMUM_ATTRIBUTE_BYTES = 0xFFFF;

    private final NativeBuffer memory;
    private final ByteBuffer bytes;
    private int end;
    private int message = NONE;

    public NetlinkWriter(int capacityBytes) {
        memory = NativeBuffer.allocate(capacityBytes);
        bytes = memory.bytes();
    }

    /** Starts over with an empty buffer. */
    public NetlinkWriter reset() {
        end = 0;
        message = NONE;
        return this;
    }

    /** @param flags {@code NLM_F_…}; NLM_F_REQUEST is always added */
    public NetlinkWriter begin(int type, int flags, int sequence) {
        if (message != NONE) {
            throw new IllegalStateException("the message before is not ended");
        }
        int start = grow(NlMsgHdr.BYTES);
        bytes.putShort(start + NlMsgHdr.TYPE, (short) type);
        bytes.putShort(start + NlMsgHdr.FLAGS, (short) (flags | Netlink.NLM_F_REQUEST));
        bytes.putInt(start + NlMsgHdr.SEQ, sequence);
        message = start;
        return this;
    }

    public NetlinkWriter end() {
        bytes.putInt(inMessage() + NlMsgHdr.LEN, end - message);
        message = NONE;
        return this;
    }

    /** Appends a zeroed struct and returns where it starts in {@link #bytes()}. */
    public int extend(int lengthBytes) {
        inMessage();
        return grow(lengthBytes);
    }

    public NetlinkWriter attribute8(int type, int value) {
        bytes.put(beginAttribute(type, Byte.BYTES), (byte) value);
        return this;
    }

    /** In the machine's byte order. */
    public NetlinkWriter attribute16(int type, int value) {
        bytes.putShort(beginAttribute(type, Short.BYTES), (short) value);
        return this;
    }

    /** In the machine's byte order. */
    public NetlinkWriter attribute32(int type, int value) {
        bytes.putInt(beginAttribute(type, Integer.BYTES), value);
        return this;
    }

    /** In the machine's byte order. */
    public NetlinkWriter attribute64(int type, long value) {
        bytes.putLong(beginAttribute(type, Long.BYTES), value);
        return this;
    }

    /** In network order, as nfnetlink has them. */
    public NetlinkWriter attribute16Network(int type, int value) {
        return attribute16(type, bytes.order() == ByteOrder.BIG_ENDIAN ? value : Short.reverseBytes((short) value));
    }

    /** In network order, as nfnetlink has them. */
    public NetlinkWriter attribute32Network(int type, int value) {
        return attribute32(type, bytes.order() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value));
    }

    /** Zero-terminated; allocates. */
    public NetlinkWriter attributeString(int type, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        bytes.put(beginAttribute(type, text.length + 1), text);
        return this;
    }

    /** Copies a part of the source, by index: its position does not matter and does not change. */
    public NetlinkWriter attribute(int type, ByteBuffer source, int offset, int lengthBytes) {
        int start = beginAttribute(type, lengthBytes);
        bytes.put(start, source, offset, lengthBytes);
        return this;
    }

    /** Begins an attribute that holds attributes; give what is returned to {@link #endNested}. */
    public int beginNested(int type) {
        inMessage();
        int start = grow(NlAttr.BYTES);
        bytes.putShort(start + NlAttr.TYPE, (short) (type | Netlink.NLA_F_NESTED));
        return start;
    }

    public NetlinkWriter endNested(int nested) {
        bytes.putShort(nested + NlAttr.LEN, (short) attributeLength(end - nested));
        return this;
    }

    /** Appends an attribute with zeroed room and returns where its payload starts in {@link #bytes()}. */
    public int beginAttribute(int type, int payloadBytes) {
        inMessage();
        int length = attributeLength(NlAttr.BYTES + payloadBytes);
        int start = grow(length);
        bytes.putShort(start + NlAttr.LEN, (short) length);
        bytes.putShort(start + NlAttr.TYPE, (short) type);
        return start + NlAttr.BYTES;
    }

    public ByteBuffer bytes() {
        return bytes;
    }

    public long address() {
        return memory.address();
    }

    /** What has been written so far, and is to be sent. */
    public int lengthBytes() {
        return end;
    }

    private int inMessage() {
        if (message == NONE) {
            throw new IllegalStateException("no message was begun");
        }
        return message;
    }

    private static int attributeLength(int length) {
        if (length > MAXIMUM_ATTRIBUTE_BYTES) {
            throw new IllegalArgumentException("an attribute has at most 65,535 bytes, not " + length);
        }
        return length;
    }

    private int grow(int lengthBytes) {
        int start = end;
        int next = Netlink.align(Math.addExact(start, lengthBytes));
        if (lengthBytes < 0 || next > bytes.capacity()) {
            throw new BufferOverflowException();
        }
        for (int i = start; i < next; i++) {
            bytes.put(i, (byte) 0);
        }
        end = next;
        return start;
    }
}
