package dev.weir.stream;

import dev.weir.Direction;
import dev.weir.LinkType;
import dev.weir.NetfilterHook;
import dev.weir.Packet;
import dev.weir.PacketOrigin;
import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;

/** A datagram made of fragments, as a packet: its bytes, and the circumstances of the fragment that completed it. */
final class ReassembledPacket implements Packet {
    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();
    private Packet last;
    private int linkType;

    /** The window to fill, before {@link #completedBy}. */
    Bytes window() {
        return bytes;
    }

    /** The bytes are there, with the IP header of the datagram at an offset. */
    ReassembledPacket completedBy(Packet last, int networkOffset) {
        this.last = last;
        linkType = last.linkType();
        headers.decode(bytes, linkType);
        if (headers.networkOffset() != networkOffset) {
            // It came through a tunnel, whose own headers speak of one fragment: they are left out.
            linkType = LinkType.RAW;
            bytes.wrap(bytes, networkOffset, bytes.length() - networkOffset);
            headers.decode(bytes, linkType);
        }
        return this;
    }

    @Override
    public Bytes bytes() {
        return bytes;
    }

    @Override
    public Headers headers() {
        return headers;
    }

    @Override
    public boolean isReassembled() {
        return true;
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
        return bytes.length();
    }

    @Override
    public long timestampNs() {
        return last.timestampNs();
    }

    @Override
    public int interfaceIndex() {
        return last.interfaceIndex();
    }

    @Override
    public int queue() {
        return last.queue();
    }

    @Override
    public PacketOrigin origin() {
        return last.origin();
    }

    @Override
    public int mark() {
        return last.mark();
    }

    @Override
    public int outputInterfaceIndex() {
        return last.outputInterfaceIndex();
    }

    @Override
    public NetfilterHook hook() {
        return last.hook();
    }

    @Override
    public long senderHardwareAddress() {
        return last.senderHardwareAddress();
    }

    @Override
    public int senderUid() {
        return last.senderUid();
    }

    @Override
    public int senderGid() {
        return last.senderGid();
    }

    @Override
    public boolean checksumsComplete() {
        return last.checksumsComplete();
    }

    @Override
    public Direction direction() {
        return last.direction();
    }

    @Override
    public boolean isHeld() {
        return last.isHeld();
    }

    @Override
    public ByteBuffer replace(int length) {
        throw new WeirException("a datagram that came in fragments cannot be replaced: all but one fragment are on"
                + " their way; ask isReassembled() before, and drop it instead");
    }

    @Override
    public String toString() {
        return headers.toString();
    }
}
