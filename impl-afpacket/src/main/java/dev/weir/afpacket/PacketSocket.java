package dev.weir.afpacket;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.Fd;
import dev.weir.linux.IfEther;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.FanoutArgs;
import dev.weir.linux.IfPacket.PacketMreq;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.linux.IfPacket.TpacketReq3;
import dev.weir.linux.IfPacket.TpacketStatsV3;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MappedMemory;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.NetTstamp;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import dev.weir.linux.bpf.ClassicProgram;
import dev.weir.linux.bpf.SocketFilter;

/**
 * A packet socket and its receive ring. Opened shut: it is bound, and joins a fanout group, with a filter that accepts
 * nothing; {@link #accept} lets traffic in. So no packet comes that the real filter would have refused, and none comes
 * twice while the group is not complete.
 */
final class PacketSocket implements AutoCloseable {
    /** Room in front of each packet, so that a VLAN tag can be put back in place. */
    private static final int RESERVE_BYTES = LinkHeader.TAG_BYTES;

    /** For packets that do not fit into a frame, until they are fetched. */
    private static final int LARGE_PACKETS_BYTES = 8 << 20;

    private final Socket socket;
    private final MappedMemory ring;
    private final int etherType;
    private final NativeBuffer statistics = NativeBuffer.allocate(TpacketStatsV3.BYTES);
    private final NativeBuffer localAddress = NativeBuffer.allocate(SockaddrLl.BYTES);
    private long delivered;
    private long dropped;

    private PacketSocket(Socket socket, MappedMemory ring, int etherType) {
        this.socket = socket;
        this.ring = ring;
        this.etherType = etherType;
    }

    /**
     * Opens in the network namespace of the calling thread.
     *
     * @param etherType that it will be bound to, {@code IfEther.ETH_P_…}
     */
    static PacketSocket open(Settings settings, Framing framing, boolean ignoreOutgoing, int etherType) {
        Socket socket = Socket.open("AF_PACKET", Sock.AF_PACKET, framing.socketType(), 0);
        try {
            socket.setOption(
                    "PACKET_VERSION",
                    Sock.SOL_PACKET,
                    IfPacket.PACKET_VERSION,
                    settings.lowLatency() ? IfPacket.TPACKET_V2 : IfPacket.TPACKET_V3);
            socket.setOption("PACKET_RESERVE", Sock.SOL_PACKET, IfPacket.PACKET_RESERVE, RESERVE_BYTES);
            if (settings.hardwareTimestamps()) {
                socket.setOption(
                        "PACKET_TIMESTAMP",
                        Sock.SOL_PACKET,
                        IfPacket.PACKET_TIMESTAMP,
                        NetTstamp.SOF_TIMESTAMPING_RAW_HARDWARE);
            }
            if (ignoreOutgoing) {
                socket.setOption("PACKET_IGNORE_OUTGOING", Sock.SOL_PACKET, IfPacket.PACKET_IGNORE_OUTGOING, 1);
            }
            if (settings.lowLatency()) {
                // Packets larger than a frame go to the receive queue as well, FrameRing fetches them there.
                socket.setOption("PACKET_COPY_THRESH", Sock.SOL_PACKET, IfPacket.PACKET_COPY_THRESH, 1);
                socket.setReceiveBuffer(LARGE_PACKETS_BYTES);
            }
            SocketFilter.attach(socket, Filter.NOTHING);
            return new PacketSocket(socket, mapRing(socket, settings), etherType);
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    private static MappedMemory mapRing(Socket socket, Settings settings) {
        boolean blocks = !settings.lowLatency();
        NativeBuffer request = NativeBuffer.allocate(blocks ? TpacketReq3.BYTES : IfPacket.TpacketReq.BYTES);
        int frame = blocks ? settings.blockSizeBytes() : settings.frameSizeBytes();
        request.bytes().putInt(TpacketReq3.BLOCK_SIZE, settings.blockSizeBytes());
        request.bytes().putInt(TpacketReq3.BLOCK_NR, settings.blocks());
        request.bytes().putInt(TpacketReq3.FRAME_SIZE, frame);
        request.bytes().putInt(TpacketReq3.FRAME_NR, settings.ringBytes() / frame);
        if (blocks) {
            request.bytes().putInt(TpacketReq3.RETIRE_BLK_TOV, settings.retireTimeoutMs());
        }
        int failure = socket.trySetOption(Sock.SOL_PACKET, IfPacket.PACKET_RX_RING, request);
        if (failure == -Errno.ENOMEM) {
            throw new LinuxException(
                    "setsockopt(PACKET_RX_RING)",
                    -failure,
                    "the kernel has no memory for a ring of " + settings.blocks() + " blocks of "
                            + settings.blockSizeBytes() + " bytes; ask for fewer (blocks=) or smaller ones"
                            + " (block-size=)");
        }
        if (failure < 0) {
            throw new LinuxException("setsockopt(PACKET_RX_RING)", -failure);
        }
        return MappedMemory.map(socket.fd(), 0, settings.ringBytes());
    }

    /** Lets in what the program accepts, instead of what came in before; {@link Filter#NOTHING} shuts it. */
    void accept(ClassicProgram program) {
        SocketFilter.attach(socket, program);
    }

    int etherType() {
        return etherType;
    }

    MappedMemory ring() {
        return ring;
    }

    Socket socket() {
        return socket;
    }

    Fd fd() {
        return socket.fd();
    }

    /** @param interfaceIndex 0 for all interfaces */
    void bind(String name, int interfaceIndex) {
        NativeBuffer address = NativeBuffer.allocate(SockaddrLl.BYTES);
        address.bytes().putShort(SockaddrLl.FAMILY, (short) Sock.AF_PACKET);
        address.bytes().putShort(SockaddrLl.PROTOCOL, (short) IfEther.networkOrder(etherType));
        address.bytes().putInt(SockaddrLl.IFINDEX, interfaceIndex);
        socket.bind(name, address);
    }

    /** The interface it is bound to; -1 when that was deleted. */
    int boundInterface() {
        socket.localAddress(localAddress);
        return localAddress.bytes().getInt(SockaddrLl.IFINDEX);
    }

    /** Lasts as long as the socket is open and the interface is there; the kernel counts. */
    void bePromiscuous(int interfaceIndex) {
        NativeBuffer membership = NativeBuffer.allocate(PacketMreq.BYTES);
        membership.bytes().putInt(PacketMreq.IFINDEX, interfaceIndex);
        membership.bytes().putShort(PacketMreq.TYPE, (short) IfPacket.PACKET_MR_PROMISC);
        socket.setOption(
                "PACKET_ADD_MEMBERSHIP, promiscuous", Sock.SOL_PACKET, IfPacket.PACKET_ADD_MEMBERSHIP, membership);
    }

    /**
     * Joins a fanout group of the interface it is bound to.
     *
     * @param id as an earlier call returned it, or -1 for a new group
     * @param type {@code PACKET_FANOUT_…} with flags
     * @return the group's id, unique in the network namespace
     */
    int joinFanout(int id, int type) {
        NativeBuffer group = NativeBuffer.allocate(Integer.BYTES);
        boolean found = id >= 0;
        group.bytes().putShort(FanoutArgs.ID, (short) (found ? id : 0));
        group.bytes()
                .putShort(FanoutArgs.TYPE_FLAGS, (short) (found ? type : type | IfPacket.PACKET_FANOUT_FLAG_UNIQUEID));
        int failure = socket.trySetOption(Sock.SOL_PACKET, IfPacket.PACKET_FANOUT, group);
        if (failure < 0) {
            throw new LinuxException(
                    "setsockopt(PACKET_FANOUT)",
                    -failure,
                    failure == -Errno.EINVAL
                            ? "older kernels share traffic among queues only when the interface is up at the start"
                            : "try with one queue");
        }
        return socket.getOption("PACKET_FANOUT", Sock.SOL_PACKET, IfPacket.PACKET_FANOUT) & 0xffff;
    }

    /** Reads and resets the kernel's counters into ours. */
    void readStatistics() {
        int read = socket.getOption("PACKET_STATISTICS", Sock.SOL_PACKET, IfPacket.PACKET_STATISTICS, statistics);
        // TPACKET_V2 has no freeze count
        if (read < TpacketStatsV3.FREEZE_Q_CNT) {
            throw new WeirException("the kernel's PACKET_STATISTICS has only " + read + " bytes");
        }
        long drops = Integer.toUnsignedLong(statistics.bytes().getInt(TpacketStatsV3.DROPS));
        // tp_packets counts what was dropped as well
        delivered += Integer.toUnsignedLong(statistics.bytes().getInt(TpacketStatsV3.PACKETS)) - drops;
        dropped += drops;
    }

    /** Packets that the kernel has put into the ring, as of the last {@link #readStatistics}. */
    long delivered() {
        return delivered;
    }

    /** Packets that passed the filter and found the ring full, as of the last {@link #readStatistics}. */
    long dropped() {
        return dropped;
    }

    /** Closes the socket, which ends its memberships; the ring stays mapped until {@link MappedMemory#close()}. */
    @Override
    public void close() {
        socket.close();
    }
}
