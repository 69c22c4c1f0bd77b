package dev.weir.spi;

import dev.weir.Direction;
import dev.weir.NetfilterHook;
import dev.weir.Packet;
import dev.weir.PacketOrigin;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
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

    private final int queue;
    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();
    private boolean decoded;
    private int linkType;
    private int wireLength;
    private long timestampNs;
    private int interfaceIndex;
    private PacketOrigin origin = PacketOrigin.UNKNOWN;
    private int mark;
    private boolean checksumsComplete;
    private boolean inline;
    private int outputInterfaceIndex;
    private NetfilterHook hook = NetfilterHook.NONE;
    private long senderHardwareAddress = -1;
    private int senderUid = -1;
    private int senderGid = -1;
    private long handle;
    private boolean detached;
    private Direction direction = Direction.FORWARD;
    private boolean held;
    private ByteBuffer copy;
    private ByteBuffer replacement;
    private boolean replaced;
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
        bytes.wrap(memory, offset, capturedLength);
        this.wireLength = wireLength;
        this.linkType = linkType;
        this.timestampNs = timestampNs;
        decoded = false;
        interfaceIndex = 0;
        origin = PacketOrigin.UNKNOWN;
        mark = 0;
        checksumsComplete = true;
        detached = false;
        direction = Direction.FORWARD;
        held = false;
        replaced = false;
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

    /** See {@link #interfaceIndex()}. */
    public Slot interfaceIndex(int index) {
        this.interfaceIndex = index;
        return this;
    }

    /** See {@link #origin()}. */
    public Slot origin(PacketOrigin origin) {
        this.origin = origin;
        return this;
    }

    /** See {@link #mark()}. */
    public Slot mark(int mark) {
        this.mark = mark;
        return this;
    }

    /** See {@link #checksumsComplete()}. */
    public Slot checksumsComplete(boolean complete) {
        this.checksumsComplete = complete;
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
        if (detached) {
            return;
        }
        int length = bytes.length();
        if (copy == null || copy.capacity() < length) {
            copy = ByteBuffer.allocate(Math.max(length, 256));
        }
        copy.clear();
        bytes.get(0, copy, length);
        bytes.wrap(copy, 0, length);
        detached = true;
    }

    /** True when the bytes are in the slot's own memory. */
    public boolean isDetached() {
        return detached;
    }

    /** See {@link #direction()}; set by the engine. */
    public void direction(Direction direction) {
        this.direction = direction;
    }

    /** See {@link #isHeld()}; set by the engine. */
    public void held(boolean held) {
        this.held = held;
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
        bytes.wrap(bytes, 0, 0);
        if (copy != null && copy.capacity() > KEPT_BUFFER_MAX) {
            copy = null;
        }
        if (replacement != null && replacement.capacity() > KEPT_BUFFER_MAX) {
            replacement = null;
        }
    }

    /** The changed bytes, position 0, limit their length; null when {@link #replace} was not called. */
    public ByteBuffer replacement() {
        return replaced ? replacement : null;
    }

    @Override
    public ByteBuffer replace(int length) {
        if (length < 1 || length > REPLACEMENT_MAX) {
            throw new IllegalArgumentException("a replaced packet has 1 to 65535 bytes, not " + length);
        }
        int kept = replaced ? replacement.limit() : 0;
        if (replacement == null || replacement.capacity() < length) {
            ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(length, 2048));
            if (replaced) {
                larger.put(0, replacement, 0, kept);
            }
            replacement = larger;
        }
        replacement.clear();
        if (!replaced) {
            bytes.get(0, replacement, Math.min(length, bytes.length()));
            replaced = true;
        }
        return replacement.position(0).limit(length);
    }

    @Override
    public Bytes bytes() {
        return bytes;
    }

    @Override
    public Headers headers() {
        if (!decoded) {
            headers.decode(bytes, linkType, wireLength);
            decoded = true;
        }
        return headers;
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
        return origin;
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
        return checksumsComplete;
    }

    @Override
    public Direction direction() {
        return direction;
    }

    @Override
    public boolean isHeld() {
        return held;
    }

    @Override
    public String toString() {
        return headers().toString();
    }
}
