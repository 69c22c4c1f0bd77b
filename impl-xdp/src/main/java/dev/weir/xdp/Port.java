package dev.weir.xdp;

import dev.weir.linux.Errno;
import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.XdpStatistics;
import java.lang.invoke.VarHandle;

/**
 * One interface's receive queue, with its socket: what comes in by it, and what keeps it able to receive. For the
 * owner of the capture queue.
 */
final class Port {
    /** Fill in pieces of at least so many: each submission costs a store that the kernel's side must fetch. */
    private static final int FILL_AT_LEAST = 32;

    private final int number;
    private final String interfaceName;
    private final int queue;
    private final Umem umem;
    private final Frames frames;
    private final int fillLevel;

    private XskSocket socket;
    private Outlet outlet;
    private int interfaceIndex;
    private int maxFrameLength;
    private boolean checksumsComplete = true;

    /** The kernel has unbound the socket: its interface is gone. */
    private boolean gone;

    /** Frames that are in the fill ring, with the kernel or in the RX ring. */
    private int receiving;

    private long droppedBefore;
    private long fillEmptyBefore;
    private long ringFullBefore;
    private long invalidBefore;
    private long fillEmpty;
    private long ringFull;
    private long invalid;
    private long tooLarge;

    /**
     * @param number among the ports of a capture queue
     * @param fillLevel so many frames are kept ready to receive
     */
    Port(int number, String interfaceName, int queue, Umem umem, Frames frames, int fillLevel) {
        this.number = number;
        this.interfaceName = interfaceName;
        this.queue = queue;
        this.umem = umem;
        this.frames = frames;
        this.fillLevel = fillLevel;
    }

    /** Takes a bound socket, in the place of none. */
    void open(Attachment attachment) {
        socket = attachment.socket();
        interfaceIndex = attachment.link().index();
        maxFrameLength = attachment.maxFrameLength();
        checksumsComplete = attachment.checksumsComplete();
        outlet = socket.transmit() == null
                ? null
                : new Outlet(interfaceName, socket, umem, frames, attachment.zeroCopy());
        receiving = 0;
        gone = false;
    }

    boolean isOpen() {
        return socket != null;
    }

    int number() {
        return number;
    }

    String interfaceName() {
        return interfaceName;
    }

    int queue() {
        return queue;
    }

    int interfaceIndex() {
        return interfaceIndex;
    }

    /** Longest frame that may go out, with link header. */
    int maxFrameLength() {
        return maxFrameLength;
    }

    /** False where packets come from a sender of the same machine, which leaves checksums to hardware that is not there. */
    boolean checksumsComplete() {
        return checksumsComplete;
    }

    Umem umem() {
        return umem;
    }

    XskSocket socket() {
        return socket;
    }

    /** Null where nothing is sent. */
    Outlet outlet() {
        return outlet;
    }

    boolean hasPackets() {
        return socket != null && !socket.received().isEmpty();
    }

    /** Frames of it were taken out of the RX ring; others take their place here when nobody flushes for long. */
    void taken(int count) {
        receiving -= count;
        if (receiving < fillLevel / 2) {
            fill();
        }
    }

    /** Puts free frames into the fill ring, up to the level, and tells the kernel where it wants to be told. */
    void fill() {
        int missing = Math.min(fillLevel - receiving, frames.free());
        if (missing < FILL_AT_LEAST) {
            return;
        }
        ProducerRing ring = socket.fill();
        missing = Math.min(missing, ring.room(missing));
        for (int i = 0; i < missing; i++) {
            ring.put(umem.addressOf(frames.takeToReceive()));
        }
        receiving += missing;
        if (ring.submit()) {
            VarHandle.fullFence(); // the flag is read after the index was written
            if (ring.needsWakeup()) {
                socket.poke();
            }
        }
    }

    /** Has the driver work here and now, where busy polling was asked for. */
    void poll() {
        if (socket != null) {
            socket.poke();
        }
    }

    /** Asks the socket whether its interface is gone; from then on nothing can be sent. */
    boolean isGone() {
        if (!gone) {
            gone = socket == null || socket.poke() == -Errno.ENXIO;
        }
        return gone;
    }

    /** True when frames can be put into the TX ring, as far as is known. */
    boolean canSend() {
        return !gone && outlet != null;
    }

    /** Reads the kernel's counters. */
    void readStatistics() {
        if (socket == null) {
            return;
        }
        socket.readStatistics();
        long empty = fillEmptyBefore + socket.counter(XdpStatistics.RX_FILL_RING_EMPTY_DESCS);
        long dropped = droppedBefore + socket.counter(XdpStatistics.RX_DROPPED);
        // In copy mode a packet that found no frame counts as dropped too; what remains did not fit into a frame.
        tooLarge = Math.max(tooLarge, dropped - empty);
        fillEmpty = empty;
        ringFull = ringFullBefore + socket.counter(XdpStatistics.RX_RING_FULL);
        invalid = invalidBefore
                + socket.counter(XdpStatistics.RX_INVALID_DESCS)
                + socket.counter(XdpStatistics.TX_INVALID_DESCS);
    }

    long fillEmpty() {
        return fillEmpty;
    }

    long ringFull() {
        return ringFull;
    }

    long invalid() {
        return invalid;
    }

    long tooLarge() {
        return tooLarge;
    }

    /** Closes the socket; frames that the kernel had are free after {@link Frames#reclaim()}. Counters go on. */
    void close() {
        if (socket == null) {
            return;
        }
        readStatistics();
        droppedBefore = fillEmpty + tooLarge;
        fillEmptyBefore = fillEmpty;
        ringFullBefore = ringFull;
        invalidBefore = invalid;
        socket.close();
        socket = null;
        outlet = null;
        receiving = 0;
    }

    /** How many bytes of a packet a frame holds. */
    static int roomBytes(int frameSizeBytes) {
        return frameSizeBytes - IfXdp.XDP_PACKET_HEADROOM;
    }
}
