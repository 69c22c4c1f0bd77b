package dev.weir.bench.jmh;

import dev.weir.Direction;
import dev.weir.LinkType;
import dev.weir.NetfilterHook;
import dev.weir.Packet;
import dev.weir.PacketOrigin;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;

/** A packet without a pipeline: its bytes and their headers. */
final class HeadersPacket implements Packet {
    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();

    /** Moves to a packet, and decodes its headers. */
    HeadersPacket wrap(ByteBuffer buffer, int offset, int length) {
        bytes.wrap(buffer, offset, length);
        headers.decode(bytes, LinkType.ETHERNET);
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
    public int linkType() {
        return LinkType.ETHERNET;
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
        return 0;
    }

    @Override
    public int interfaceIndex() {
        return 0;
    }

    @Override
    public int queue() {
        return 0;
    }

    @Override
    public PacketOrigin origin() {
        return PacketOrigin.values()[0];
    }

    @Override
    public int mark() {
        return 0;
    }

    @Override
    public int outputInterfaceIndex() {
        return 0;
    }

    @Override
    public NetfilterHook hook() {
        return NetfilterHook.NONE;
    }

    @Override
    public long senderHardwareAddress() {
        return -1;
    }

    @Override
    public int senderUid() {
        return -1;
    }

    @Override
    public int senderGid() {
        return -1;
    }

    @Override
    public boolean checksumsComplete() {
        return true;
    }

    @Override
    public Direction direction() {
        return Direction.FORWARD;
    }

    @Override
    public boolean isHeld() {
        return false;
    }

    @Override
    public ByteBuffer replace(int length) {
        throw new UnsupportedOperationException("a packet that is read alone");
    }
}
