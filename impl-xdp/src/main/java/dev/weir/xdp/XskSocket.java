package dev.weir.xdp;

import dev.weir.linux.Errno;
import dev.weir.linux.Fd;
import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.MmapOffsets;
import dev.weir.linux.IfXdp.SockaddrXdp;
import dev.weir.linux.IfXdp.XdpDesc;
import dev.weir.linux.IfXdp.XdpOptions;
import dev.weir.linux.IfXdp.XdpStatistics;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MappedMemory;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * An AF_XDP socket with its rings: not bound, then bound to one queue of one interface. The kernel brings packets once
 * a program redirects them to it. For one thread.
 */
final class XskSocket implements AutoCloseable {
    private final Socket socket;
    private final NativeBuffer statistics = NativeBuffer.allocate(XdpStatistics.BYTES);
    private final List<MappedMemory> mappings = new ArrayList<>();
    private ConsumerRing received;
    private ProducerRing transmit;
    private ProducerRing fill;
    private ConsumerRing completed;

    private XskSocket(Socket socket) {
        this.socket = socket;
    }

    /**
     * Opens in the network namespace of the calling thread.
     *
     * @param umem registered with the socket; null when the socket will share another one's
     * @param rx entries of the RX ring, 0 for none
     * @param tx entries of TX and completion ring, 0 for no TX ring
     */
    static XskSocket open(Umem umem, int rx, int tx) {
        XskSocket opened = new XskSocket(Socket.open("AF_XDP", Sock.AF_XDP, Sock.SOCK_RAW, 0));
        try {
            opened.makeRings(umem, rx, tx);
            return opened;
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private void makeRings(Umem umem, int rx, int tx) {
        if (umem != null) {
            umem.register(socket);
        }
        // A fill ring of twice the RX ring, and one even where nothing is received: some drivers stall without.
        int fillSize = Math.max(2 * rx, 64);
        int completionSize = Math.max(tx, 64);
        socket.setOption("XDP_UMEM_FILL_RING", Sock.SOL_XDP, IfXdp.XDP_UMEM_FILL_RING, fillSize);
        socket.setOption("XDP_UMEM_COMPLETION_RING", Sock.SOL_XDP, IfXdp.XDP_UMEM_COMPLETION_RING, completionSize);
        if (rx > 0) {
            socket.setOption("XDP_RX_RING", Sock.SOL_XDP, IfXdp.XDP_RX_RING, rx);
        }
        if (tx > 0) {
            socket.setOption("XDP_TX_RING", Sock.SOL_XDP, IfXdp.XDP_TX_RING, tx);
        }
        NativeBuffer offsets = NativeBuffer.allocate(MmapOffsets.BYTES);
        int told = socket.getOption("XDP_MMAP_OFFSETS", Sock.SOL_XDP, IfXdp.XDP_MMAP_OFFSETS, offsets);
        if (told < MmapOffsets.BYTES) {
            throw new LinuxException(
                    "getsockopt(XDP_MMAP_OFFSETS)", Errno.EOPNOTSUPP, "AF_XDP needs Linux 5.4 or newer here");
        }
        ByteBuffer at = offsets.bytes();
        fill = new ProducerRing(
                map(IfXdp.XDP_UMEM_PGOFF_FILL_RING, at, MmapOffsets.FR, fillSize, Long.BYTES),
                at,
                MmapOffsets.FR,
                fillSize);
        completed = new ConsumerRing(
                map(IfXdp.XDP_UMEM_PGOFF_COMPLETION_RING, at, MmapOffsets.CR, completionSize, Long.BYTES),
                at,
                MmapOffsets.CR,
                completionSize);
        if (rx > 0) {
            received = new ConsumerRing(
                    map(IfXdp.XDP_PGOFF_RX_RING, at, MmapOffsets.RX, rx, XdpDesc.BYTES), at, MmapOffsets.RX, rx);
        }
        if (tx > 0) {
            transmit = new ProducerRing(
                    map(IfXdp.XDP_PGOFF_TX_RING, at, MmapOffsets.TX, tx, XdpDesc.BYTES), at, MmapOffsets.TX, tx);
            // Where the kernel knows it (Linux 6.18), one call sends all that is in the ring; else 32 frames.
            socket.trySetOption(Sock.SOL_XDP, IfXdp.Newer.XDP_MAX_TX_SKB_BUDGET, tx);
        }
    }

    private MappedMemory map(long offset, ByteBuffer offsets, int ring, int size, int entryBytes) {
        MappedMemory mapping =
                MappedMemory.map(socket.fd(), offset, XskRing.mappedBytes(offsets, ring, size, entryBytes));
        mappings.add(mapping);
        return mapping;
    }

    /**
     * Binds to a queue: 0, or minus the errno. It may be tried again with other flags.
     *
     * @param sharing a bound socket whose umem this one uses, null for its own
     */
    int bind(int interfaceIndex, int queue, int flags, XskSocket sharing) {
        NativeBuffer address = NativeBuffer.allocate(SockaddrXdp.BYTES);
        address.bytes().putShort(SockaddrXdp.FAMILY, (short) Sock.AF_XDP);
        address.bytes().putShort(SockaddrXdp.FLAGS, (short) flags);
        address.bytes().putInt(SockaddrXdp.IFINDEX, interfaceIndex);
        address.bytes().putInt(SockaddrXdp.QUEUE_ID, queue);
        if (sharing != null) {
            address.bytes()
                    .putInt(SockaddrXdp.SHARED_UMEM_FD, sharing.socket.fd().number());
        }
        return socket.tryBind(address);
    }

    /** Has system calls on the socket do the driver's work, instead of interrupts: 0, or minus the errno. */
    int preferBusyPolling(int microseconds, int budget) {
        int failure = socket.trySetOption(Sock.SOL_SOCKET, Sock.SO_PREFER_BUSY_POLL, 1);
        if (failure == 0) {
            failure = socket.trySetOption(Sock.SOL_SOCKET, Sock.SO_BUSY_POLL, microseconds);
        }
        return failure == 0 ? socket.trySetOption(Sock.SOL_SOCKET, Sock.SO_BUSY_POLL_BUDGET, budget) : failure;
    }

    /** What the kernel says of the bound socket. */
    boolean isZeroCopy() {
        NativeBuffer options = NativeBuffer.allocate(XdpOptions.BYTES);
        socket.getOption("XDP_OPTIONS", Sock.SOL_XDP, IfXdp.XDP_OPTIONS, options);
        return (options.bytes().getInt(XdpOptions.FLAGS) & IfXdp.XDP_OPTIONS_ZEROCOPY) != 0;
    }

    /** Null where none was asked for. */
    ConsumerRing received() {
        return received;
    }

    /** Null where none was asked for. */
    ProducerRing transmit() {
        return transmit;
    }

    ProducerRing fill() {
        return fill;
    }

    ConsumerRing completed() {
        return completed;
    }

    Fd fd() {
        return socket.fd();
    }

    /** Has the kernel look at the TX ring: not negative, or minus the errno. */
    int kick() {
        return (int) socket.sendTo(0, 0, Sock.MSG_DONTWAIT, null);
    }

    /**
     * Has the kernel look at the fill ring, or poll the device where busy polling was asked for: not negative, or minus
     * the errno. -ENXIO: the interface is gone; -ENETDOWN: it is down.
     */
    int poke() {
        return (int) socket.receive(0, 0, Sock.MSG_DONTWAIT);
    }

    /** Reads the kernel's counters; see {@link #counter}. */
    void readStatistics() {
        socket.getOption("XDP_STATISTICS", Sock.SOL_XDP, IfXdp.XDP_STATISTICS, statistics);
    }

    /** @param at a place in {@link XdpStatistics} */
    long counter(int at) {
        return statistics.bytes().getLong(at);
    }

    /** Closes the socket and unmaps its rings; the umem stays. */
    @Override
    public void close() {
        mappings.forEach(MappedMemory::close);
        mappings.clear();
        socket.close();
    }
}
