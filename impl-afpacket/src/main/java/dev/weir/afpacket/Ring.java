package dev.weir.afpacket;

import dev.weir.PacketOrigin;
import dev.weir.linux.IfArp;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.spi.Slot;
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

    /** The whole ring in native order. */
    final ByteBuffer memory;

    final SlotPool pool;
    private final long handleBase;
    private final Framing framing;
    private final int linkType;
    private final int snapLengthBytes;
    private final boolean everyInterface;
    private final PacketFilter recheck;
    private final boolean plain;
    private int interfaceIndex;
    private int statusSeen;

    /** Packets that the kernel has handed over and we have looked at. */
    long taken;

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
            PacketFilter recheck) {}

    Ring(ByteBuffer memory, Intake intake) {
        this.memory = memory;
        this.pool = intake.pool();
        this.handleBase = (long) intake.generation() << Integer.SIZE;
        this.framing = intake.framing();
        this.linkType = framing.linkType();
        this.snapLengthBytes = intake.snapLengthBytes();
        this.everyInterface = intake.everyInterface();
        this.recheck = intake.recheck();
        this.plain = framing != Framing.COOKED && !everyInterface;
    }

    /** Fills slots from index 0 with packets that are there, at most {@code limit}; the number of packets. */
    abstract int receive(Slot[] slots, int limit);

    /** True when {@link #receive} would find something. */
    abstract boolean isReady();

    /**
     * True when the unit that the kernel handed over last is still out. The kernel then calls the socket readable
     * although nothing new is there (packet_poll in af_packet.c), so polling for input would not sleep.
     */
    abstract boolean isNewestHeld();

    /** Gives back the memory under one slot: the whole unit, once nothing else of it is out. */
    abstract void giveBack(int unit);

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

    /** The interface that packets come from, when it is one. */
    final void interfaceIndex(int index) {
        this.interfaceIndex = index;
    }

    /** All bits of {@code tp_status} that any packet had. */
    final int statusSeen() {
        return statusSeen;
    }

    /**
     * Makes a slot of a packet whose place was checked.
     *
     * @param bytes the ring, or a copy of one packet of it
     * @param start of the frame, or of the network header when {@link Framing#COOKED}
     * @param captured bytes there
     * @param sockaddr the {@link SockaddrLl} of the packet
     * @param unit the block or frame it lies in
     * @param tag its control information in the lower, its type in the upper 16 bits, where {@code status} says so
     * @return null when the packet is not wanted
     */
    final Slot deliver(
            ByteBuffer bytes,
            int start,
            int captured,
            int wire,
            int status,
            int sockaddr,
            int tag,
            long timestampNs,
            int unit) {
        statusSeen |= status;
        int packetType = bytes.get(sockaddr + SockaddrLl.PKTTYPE);
        if (plain && (status & IfPacket.TP_STATUS_VLAN_VALID) == 0) {
            return slot(bytes, start, captured, wire, status, packetType, interfaceIndex, timestampNs, unit);
        }
        return deliverDressed(bytes, start, captured, wire, status, sockaddr, packetType, tag, timestampNs, unit);
    }

    private Slot deliverDressed(
            ByteBuffer bytes,
            int start,
            int captured,
            int wire,
            int status,
            int sockaddr,
            int packetType,
            int tag,
            long timestampNs,
            int unit) {
        boolean tagged = (status & IfPacket.TP_STATUS_VLAN_VALID) != 0;
        int made = framing.madeHeaderBytes();
        if (tagged) {
            int type = LinkHeader.tagType(status, tag >>> 16);
            if (framing == Framing.COOKED) {
                LinkHeader.cookTagged(bytes, start, sockaddr, type, tag);
                made += LinkHeader.TAG_BYTES;
            } else if (framing == Framing.ETHERNET && captured >= LinkHeader.ADDRESSES_BYTES) {
                LinkHeader.insertTag(bytes, start, type, tag);
                made = LinkHeader.TAG_BYTES;
            }
        } else if (framing == Framing.COOKED) {
            LinkHeader.cook(bytes, start, sockaddr);
        }
        int index = interfaceIndex;
        if (everyInterface) {
            // What the loopback sends it also receives: once is enough, as on the loopback alone.
            if (packetType == IfPacket.PACKET_OUTGOING
                    && bytes.getShort(sockaddr + SockaddrLl.HATYPE) == IfArp.ARPHRD_LOOPBACK) {
                return null;
            }
            index = bytes.getInt(sockaddr + SockaddrLl.IFINDEX);
        }
        int from = start - made;
        int length = captured + made;
        int wireLength = wire + made;
        if (recheck != null && !recheck.accepts(bytes, from, length, wireLength)) {
            return null;
        }
        return slot(bytes, from, length, wireLength, status, packetType, index, timestampNs, unit);
    }

    private Slot slot(
            ByteBuffer bytes,
            int from,
            int length,
            int wire,
            int status,
            int packetType,
            int index,
            long timestampNs,
            int unit) {
        return pool.take()
                .fill(bytes, from, Math.min(length, snapLengthBytes), wire, linkType, timestampNs)
                .interfaceIndex(index)
                .origin(packetType >= 0 && packetType < ORIGINS.length ? ORIGINS[packetType] : PacketOrigin.UNKNOWN)
                .checksumsComplete((status & IfPacket.TP_STATUS_CSUMNOTREADY) == 0)
                .handle(handleBase | unit);
    }
}
