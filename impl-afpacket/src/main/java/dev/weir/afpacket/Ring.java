package dev.weir.afpacket;

import dev.weir.PacketOrigin;
import dev.weir.linux.IfArp;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import dev.weir.spi.SlotBatch;
import dev.weir.spi.SlotPool;
import java.nio.ByteBuffer;

/**
 * A receive ring shared with the kernel. It is divided into units (blocks or frames) that change hands one after the
 * other: the kernel fills them in order and stops at one that has not been given back, whatever is free behind it. For
 * the thread that owns the queue.
 */
abstract class Ring {
    private static final PacketOrigin[] ORIGINS = {
        PacketOrigin.HOST,
        PacketOrigin.BROADCAST,
        PacketOrigin.MULTICAST,
        PacketOrigin.OTHER_HOST,
        PacketOrigin.OUTGOING
    };

    static {
        if (ORIGINS[IfPacket.PACKET_OUTGOING] != PacketOrigin.OUTGOING) {
            throw new ExceptionInInitializerError("the origins are not in the order of linux/if_packet.h");
        }
    }

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final SlotBatch batch = new SlotBatch();

    /** The whole ring in native order. */
    final ByteBuffer memory;

    final SlotPool pool;
    private final HeaderLayout layout;
    private final long handleBase;
    private final Framing framing;
    private final int linkType;
    private final int snapLengthBytes;
    private final boolean everyInterface;
    private final Recheck recheck;
    private final boolean plain;

    /** The interface that packets come from, when it is one. */
    int interfaceIndex;

    private int statusSeen;

    /** Packets that the kernel has handed over and we have looked at. */
    long taken;

    /** Units that were taken from the kernel with packets in them. */
    long opened;

    /** Packets whose headers made no sense: a kernel that lays the ring out otherwise, or memory gone bad. */
    long malformed;

    /**
     * Where packets go, and what is done to them on the way.
     *
     * @param pool the slots of the queue
     * @param generation the upper half of the handle of each slot; the lower is the ring's own
     * @param framing what the bytes are
     * @param snapLengthBytes more than so many are cut off
     * @param everyInterface true when packets of several interfaces come in: then each says which
     * @param recheck decides what the kernel's filter could not; null when it could
     */
    record Intake(
            SlotPool pool,
            int generation,
            Framing framing,
            int snapLengthBytes,
            boolean everyInterface,
            Recheck recheck) {}

    Ring(ByteBuffer memory, HeaderLayout layout, Intake intake) {
        this.memory = memory;
        this.layout = layout;
        this.pool = intake.pool();
        this.handleBase = (long) intake.generation() << Integer.SIZE;
        this.framing = intake.framing();
        this.linkType = framing.linkType();
        this.snapLengthBytes = intake.snapLengthBytes();
        this.everyInterface = intake.everyInterface();
        this.recheck = intake.recheck();
        this.plain = framing != Framing.COOKED;
    }

    /** Hands packets that are there to a sink, at most {@code limit}; the number of packets. */
    abstract int dispatch(PacketSink sink, int limit);

    /** Fills slots from index 0 with packets that are there, at most {@code limit}; the number of packets. */
    final int receive(Slot[] slots, int limit) {
        batch.begin(slots);
        return dispatch(batch, limit);
    }

    /** True when {@link #receive} would find something. */
    abstract boolean isReady();

    /**
     * True when the unit that the kernel handed over last is still out. The kernel then calls the socket readable
     * although nothing new is there (packet_poll in af_packet.c), so polling for input would not sleep.
     */
    abstract boolean isNewestHeld();

    /** Gives back the memory under slots of a unit: the whole unit, once nothing else of it is out. */
    abstract void giveBack(int unit, int packets);

    /** Bytes of a unit. */
    abstract int unitBytes();

    /** True when packets of the unit are out. */
    abstract boolean isHeld(int unit);

    /** Packets that are out and whose memory has not been given back. */
    abstract int lent();

    /** See {@link Intake#generation()}. */
    final int generation() {
        return (int) (handleBase >>> Integer.SIZE);
    }

    /** See {@link #interfaceIndex}. */
    final void interfaceIndex(int index) {
        this.interfaceIndex = index;
    }

    /** All bits of {@code tp_status} that any packet had. */
    final int statusSeen() {
        return statusSeen;
    }

    /**
     * Puts a packet whose place was checked into a slot.
     *
     * @param bytes the ring, or a copy of one packet of it
     * @param header of the packet
     * @param start of the frame, or of the network header when {@link Framing#COOKED}
     * @param captured bytes there
     * @param unit the block or frame it lies in
     * @return false when the packet is not wanted
     */
    final boolean deliver(Slot slot, ByteBuffer bytes, int header, int start, int captured, int unit) {
        int status = bytes.getInt(header + layout.status);
        int packetType = Byte.toUnsignedInt(bytes.get(header + layout.sockaddr + SockaddrLl.PKTTYPE));
        if (!isPlain(status)) {
            return dress(slot, bytes, header, start, captured, status, packetType, unit);
        }
        fill(slot, bytes, header, start, captured, 0, status, packetType, interfaceIndex, unit);
        return true;
    }

    /** @param made bytes of {@code captured} that were not in the packet as the kernel gave it */
    private void fill(
            Slot slot,
            ByteBuffer bytes,
            int header,
            int start,
            int captured,
            int made,
            int status,
            int packetType,
            int interfaceIndex,
            int unit) {
        fill(
                slot,
                bytes,
                start,
                captured,
                bytes.getInt(header + layout.wireLength) + made,
                bytes.getInt(header + layout.seconds),
                bytes.getInt(header + layout.nanoseconds),
                status,
                packetType,
                interfaceIndex,
                unit);
    }

    /** True for a packet that can be read as it lies in the ring. */
    final boolean isPlain(int status) {
        return plain && (status & IfPacket.TP_STATUS_VLAN_VALID) == 0;
    }

    /**
     * Puts what the header of a packet says into a slot.
     *
     * @param packetType of the packet's address, 0 to 255
     */
    final void fill(
            Slot slot,
            ByteBuffer bytes,
            int start,
            int captured,
            int wireLength,
            int seconds,
            int nanoseconds,
            int status,
            int packetType,
            int interfaceIndex,
            int unit) {
        statusSeen |= status;
        slot.fill(
                bytes,
                start,
                Math.min(captured, snapLengthBytes),
                wireLength,
                linkType,
                Integer.toUnsignedLong(seconds) * NANOS_PER_SECOND + nanoseconds,
                interfaceIndex,
                packetType < ORIGINS.length ? ORIGINS[packetType] : PacketOrigin.UNKNOWN,
                (status & IfPacket.TP_STATUS_CSUMNOTREADY) == 0,
                handleBase | unit);
    }

    /** For packets that want more than to be read where they are: tagged, cooked, of any interface. */
    private boolean dress(
            Slot slot, ByteBuffer bytes, int header, int start, int captured, int status, int packetType, int unit) {
        statusSeen |= status;
        int sockaddr = header + layout.sockaddr;
        int index = interfaceIndex;
        if (everyInterface) {
            // What the loopback sends it also receives: once is enough, as on the loopback alone.
            if (packetType == IfPacket.PACKET_OUTGOING
                    && bytes.getShort(sockaddr + SockaddrLl.HATYPE) == IfArp.ARPHRD_LOOPBACK) {
                return false;
            }
            index = bytes.getInt(sockaddr + SockaddrLl.IFINDEX);
        }
        int made = restore(bytes, header, start, captured, status);
        int from = start - made;
        int length = captured + made;
        if (recheck != null && !recheck.accepts(bytes, from, length, bytes.getInt(header + layout.wireLength) + made)) {
            return false;
        }
        fill(slot, bytes, header, from, length, made, status, packetType, index, unit);
        return true;
    }

    /** Puts the tag and the cooked header in front of the packet; how many bytes it grew by. */
    private int restore(ByteBuffer bytes, int header, int start, int captured, int status) {
        int sockaddr = header + layout.sockaddr;
        boolean cooked = framing == Framing.COOKED;
        if ((status & IfPacket.TP_STATUS_VLAN_VALID) == 0) {
            if (cooked) {
                LinkHeader.cook(bytes, start, sockaddr);
            }
            return framing.madeHeaderBytes();
        }
        int type = LinkHeader.tagType(status, bytes.getShort(header + layout.tagType));
        int control = bytes.getShort(header + layout.tagControl);
        if (cooked) {
            LinkHeader.cookTagged(bytes, start, sockaddr, type, control);
            return framing.madeHeaderBytes() + LinkHeader.TAG_BYTES;
        }
        if (framing == Framing.ETHERNET && captured >= LinkHeader.ADDRESSES_BYTES) {
            LinkHeader.insertTag(bytes, start, type, control);
            return LinkHeader.TAG_BYTES;
        }
        return 0;
    }
}
