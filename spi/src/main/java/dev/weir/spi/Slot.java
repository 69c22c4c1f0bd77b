package dev.weir.spi;

import dev.weir.Direction;
import dev.weir.NetfilterHook;
import dev.weir.Packet;
import dev.weir.PacketOrigin;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.InnermostHeaders;
import java.nio.ByteBuffer;

/**
 * A reusable place for one packet: a view into the memory of the capture, and what is known about it. A queue owns its
 * slots, lends them out with {@link CaptureQueue#receive} and gets them back with {@link CaptureQueue#release}.
 *
 * <p>Written by the queue's owner before it is lent out, then read by whichever thread has it; handing it over through
 * a ring makes the writes visible.
 */
public final class Slot implements Packet {
    private static final int REPLACEMENT_MAX = 65_535;
    private static final int KEPT_BUFFER_MAX = 4096;

    // What is true or false of the packet, in one word: filling a slot then resets it with one write.
    private static final int DECODED = 1;
    private static final int CHECKSUMS_INCOMPLETE = 1 << 1;
    private static final int DETACHED = 1 << 2;
    private static final int REVERSE = 1 << 3;
    private static final int HELD = 1 << 4;
    private static final int REPLACED = 1 << 5;
    private static final int LENT = 1 << 6;

    private static final PacketOrigin[] ORIGINS = PacketOrigin.values();

    private final int queue;
    private final Bytes bytes = new Bytes();
    private final Headers outermost = new Headers();

    /** What was asked for: the outermost headers, or those that {@link #innermost} found. */
    private Headers headers = outermost;

    private InnermostHeaders innermost;
    private int flags;
    private int linkType;
    private int wireLength;
    private long timestampNs;
    private int interfaceIndex;

    /** The origin's number: writing a reference costs a barrier of the garbage collector. */
    private int origin;

    private int mark;
    private boolean inline;
    private int outputInterfaceIndex;
    private NetfilterHook hook = NetfilterHook.NONE;
    private long senderHardwareAddress = -1;
    private int senderUid = -1;
    private int senderGid = -1;
    private long handle;
    private ByteBuffer copy;
    private ByteBuffer replacement;
    private Object attachment;

    /** An empty slot of a queue. */
    public Slot(int queue) {
        this.queue = queue;
    }

    /**
     * Puts a packet into the slot and resets everything else; the setters then say more.
     *
     * @param memory stays valid and unchanged until the slot is released or detached
     * @param offset of the first byte of the link header
     * @param capturedLength bytes there
     * @param wireLength bytes on the wire, at least {@code capturedLength} unless the source says otherwise
     * @param linkType a number of {@link dev.weir.LinkType}
     * @param timestampNs nanoseconds since 1970 (UTC)
     */
    public Slot fill(
            ByteBuffer memory, int offset, int capturedLength, int wireLength, int linkType, long timestampNs) {
        return fill(
                memory,
                offset,
                capturedLength,
                wireLength,
                linkType,
                timestampNs,
                0,
                PacketOrigin.UNKNOWN,
                true,
                handle);
    }

    /** As the other one, with what setters would say besides; nothing is then written twice. */
    public Slot fill(
            ByteBuffer memory,
            int offset,
            int capturedLength,
            int wireLength,
            int linkType,
            long timestampNs,
            int interfaceIndex,
            PacketOrigin origin,
            boolean checksumsComplete,
            long handle) {
        bytes.wrap(memory, offset, capturedLength);
        this.wireLength = wireLength;
        this.linkType = linkType;
        this.timestampNs = timestampNs;
        this.flags = checksumsComplete ? 0 : CHECKSUMS_INCOMPLETE;
        this.interfaceIndex = interfaceIndex;
        this.origin = origin.ordinal();
        this.handle = handle;
        mark = 0;
        if (inline) {
            inline(NetfilterHook.NONE, 0, -1, -1, -1);
            inline = false;
        }
        return this;
    }

    /** What an inline backend knows besides: see the accessors. */
    public Slot inline(
            NetfilterHook hook, int outputInterfaceIndex, long senderHardwareAddress, int senderUid, int senderGid) {
        inline = true;
        this.hook = hook;
        this.outputInterfaceIndex = outputInterfaceIndex;
        this.senderHardwareAddress = senderHardwareAddress;
        this.senderUid = senderUid;
        this.senderGid = senderGid;
        return this;
    }

    private void flag(int flag, boolean on) {
        flags = on ? flags | flag : flags & ~flag;
    }

    private boolean isReplaced() {
        return (flags & REPLACED) != 0;
    }

    /** See {@link #interfaceIndex()}. */
    public Slot interfaceIndex(int index) {
        this.interfaceIndex = index;
        return this;
    }

    /** See {@link #origin()}. */
    public Slot origin(PacketOrigin origin) {
        this.origin = origin.ordinal();
        return this;
    }

    /** See {@link #mark()}. */
    public Slot mark(int mark) {
        this.mark = mark;
        return this;
    }

    /** See {@link #checksumsComplete()}. */
    public Slot checksumsComplete(boolean complete) {
        flag(CHECKSUMS_INCOMPLETE, !complete);
        return this;
    }

    /** The queue's own mark for the packet: a block number, a packet id, a frame address. Nobody else looks at it. */
    public long handle() {
        return handle;
    }

    /** See {@link #handle()}. */
    public Slot handle(long handle) {
        this.handle = handle;
        return this;
    }

    /**
     * Copies the packet into memory of the slot's own, so that the queue can have its memory back
     * ({@link CaptureQueue#detach}). Called by the thread that has the slot; the slot keeps buffers up to 4 KiB for its
     * next packet.
     */
    public void detach() {
        if (isDetached()) {
            return;
        }
        int length = bytes.length();
        if (copy == null || copy.capacity() < length) {
            copy = ByteBuffer.allocate(Math.max(length, 256));
        }
        copy.clear();
        bytes.get(0, copy, length);
        bytes.wrap(copy, 0, length);
        flags |= DETACHED;
    }

    /** True when the bytes are in the slot's own memory. */
    public boolean isDetached() {
        return (flags & DETACHED) != 0;
    }

    /** See {@link #direction()}; set by the engine. */
    public void direction(Direction direction) {
        flag(REVERSE, direction == Direction.REVERSE);
    }

    /** See {@link #isHeld()}; set by the engine. */
    public void held(boolean held) {
        flag(HELD, held);
    }

    /** True while an application that reads a capture without a pipeline has the slot. */
    public boolean isLent() {
        return (flags & LENT) != 0;
    }

    /** See {@link #isLent()}; set by the engine. */
    public void lent(boolean lent) {
        flag(LENT, lent);
    }

    /** From now on {@link #headers()} are those of the innermost IP packet; set by the engine. */
    public void readInnermost() {
        if (innermost == null) {
            innermost = new InnermostHeaders();
        }
    }

    /** What the engine keeps with the slot, over all packets it carries. */
    public Object attachment() {
        return attachment;
    }

    /** See {@link #attachment()}. */
    public void attachment(Object attachment) {
        this.attachment = attachment;
    }

    /**
     * Forgets the packet: reading the slot then fails with an index error instead of showing another packet. The owner
     * calls it when it takes the slot back; large side buffers are let go.
     */
    public void clear() {
        bytes.unwrap();
        if (copy != null && copy.capacity() > KEPT_BUFFER_MAX) {
            copy = null;
        }
        if (replacement != null && replacement.capacity() > KEPT_BUFFER_MAX) {
            replacement = null;
        }
    }

    /** The changed bytes, position 0, limit their length; null when {@link #replace} was not called. */
    public ByteBuffer replacement() {
        return isReplaced() ? replacement : null;
    }

    @Override
    public ByteBuffer replace(int length) {
        if (length < 1 || length > REPLACEMENT_MAX) {
            throw new IllegalArgumentException("a replaced packet has 1 to 65535 bytes, not " + length);
        }
        int kept = isReplaced() ? replacement.limit() : 0;
        if (replacement == null || replacement.capacity() < length) {
            ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(length, 2048));
            if (isReplaced()) {
                larger.put(0, replacement, 0, kept);
            }
            replacement = larger;
        }
        replacement.clear();
        if (!isReplaced()) {
            bytes.get(0, replacement, Math.min(length, bytes.length()));
            flags |= REPLACED;
        }
        return replacement.position(0).limit(length);
    }

    @Override
    public Bytes bytes() {
        return bytes;
    }

    @Override
    public Headers headers() {
        if ((flags & DECODED) == 0) {
            decode();
        }
        return headers;
    }

    private void decode() {
        if (innermost == null) {
            outermost.decode(bytes, linkType, wireLength);
        } else {
            headers = innermost.decode(bytes, linkType, wireLength);
        }
        flags |= DECODED;
    }

    @Override
    public int linkType() {
        return linkType;
    }

    @Override
    public int capturedLength() {
        return bytes.length();
    }

    @Override
    public int wireLength() {
        return wireLength;
    }

    @Override
    public long timestampNs() {
        return timestampNs;
    }

    @Override
    public int interfaceIndex() {
        return interfaceIndex;
    }

    @Override
    public int queue() {
        return queue;
    }

    @Override
    public PacketOrigin origin() {
        return ORIGINS[origin];
    }

    @Override
    public int mark() {
        return mark;
    }

    @Override
    public int outputInterfaceIndex() {
        return outputInterfaceIndex;
    }

    @Override
    public NetfilterHook hook() {
        return hook;
    }

    @Override
    public long senderHardwareAddress() {
        return senderHardwareAddress;
    }

    @Override
    public int senderUid() {
        return senderUid;
    }

    @Override
    public int senderGid() {
        return senderGid;
    }

    @Override
    public boolean checksumsComplete() {
        return (flags & CHECKSUMS_INCOMPLETE) == 0;
    }

    @Override
    public Direction direction() {
        return (flags & REVERSE) == 0 ? Direction.FORWARD : Direction.REVERSE;
    }

    @Override
    public boolean isHeld() {
        return (flags & HELD) != 0;
    }

    @Override
    public String toString() {
        return headers().toString();
    }
}
