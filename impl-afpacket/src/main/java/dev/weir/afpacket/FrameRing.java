package dev.weir.afpacket;

import dev.weir.linux.Errno;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.Tpacket2Hdr;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A TPACKET_V2 receive ring, read in place: every packet has a frame of the same size and is handed over at once.
 *
 * <p>This is the low-latency mode. From the send call on one end of a veth to {@code receive} on the other, at 1,000
 * packets/s (Linux 6.18, JDK 17, median and 99th percentile): 35 µs and 0.8 ms here, 0.54 ms and 1.0 ms with TPACKET_V3
 * and the shortest retire timeout of 1 ms whatever the size of its blocks, 5.1 ms and 10 ms with one of 10 ms. At 20,000
 * packets/s the median is 2 µs here, because spinning pays, and it costs most of a processor; TPACKET_V3 stays as it
 * was. A flood of 400,000 packets/s costs about ten times the CPU per packet of TPACKET_V3, and a ring of frames holds
 * a tenth of the small packets that blocks hold.
 *
 * <p>The kernel writes packet and header, then {@code tp_status} (__packet_set_status in af_packet.c); our load-acquire
 * of it sees the rest. Giving back is a store-release of {@code TP_STATUS_KERNEL}, after all our reads of the frame.
 *
 * <p>Of a packet larger than its frame the kernel puts the beginning there and the whole packet into the socket's
 * receive queue ({@code TP_STATUS_COPY}, asked for with PACKET_COPY_THRESH): it is fetched with a system call into a
 * buffer that goes with the slot. When that queue is full the packet stays cut.
 *
 * <p>The unit of a slot is the number of its frame.
 */
final class FrameRing extends Ring {
    private static final VarHandle STATUS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private static final int HEADER_BYTES = HeaderLayout.V2.lengthBytes;

    /** Where the packet starts in a copy: behind what is copied of its frame. */
    private static final int COPY_START = 128;

    private static final int COPY_BYTES = COPY_START + Settings.WHOLE_PACKET_BYTES;

    /** Buffers for copies that are kept when nobody uses them. */
    private static final int KEPT_COPIES = 16;

    private final int frameSizeBytes;
    private final int frames;
    private final Socket socket;

    /** Frames that keep the kernel waiting. */
    private final boolean[] out;

    private final NativeBuffer[] copies;
    private final NativeBuffer[] spare = new NativeBuffer[KEPT_COPIES];
    private int spares;
    private int lent;
    private int next;

    /** @param socket whose receive queue has the large packets; null when there are none */
    FrameRing(ByteBuffer memory, int frameSizeBytes, int frames, Intake intake, Socket socket) {
        super(memory, HeaderLayout.V2, intake);
        this.frameSizeBytes = frameSizeBytes;
        this.frames = frames;
        this.socket = socket;
        this.out = new boolean[frames];
        this.copies = new NativeBuffer[frames];
    }

    @Override
    int dispatch(PacketSink sink, int limit) {
        int handed = 0;
        // Ends: a frame is taken once, and is not ready again before it was given back and filled anew.
        for (int looked = 0; looked < frames && handed < limit && isReady(); looked++) {
            int frame = next;
            next = next + 1 == frames ? 0 : next + 1;
            out[frame] = true;
            lent++;
            taken++;
            opened++;
            Slot slot = pool.take();
            PacketSink.Answer answer = PacketSink.Answer.DONE;
            try {
                if (open(slot, frame)) {
                    handed++;
                    answer = sink.take(slot);
                }
            } finally {
                if (answer == PacketSink.Answer.DONE) {
                    giveBack(frame, 1);
                    pool.give(slot);
                }
            }
            if (answer == PacketSink.Answer.LOST) {
                return handed;
            }
        }
        return handed;
    }

    /** False when there is no packet that anybody wants. */
    private boolean open(Slot slot, int frame) {
        int at = frame * frameSizeBytes;
        if ((memory.getInt(at + Tpacket2Hdr.STATUS) & IfPacket.TP_STATUS_COPY) != 0 && socket != null) {
            NativeBuffer copy = spares == 0 ? NativeBuffer.allocate(COPY_BYTES) : spare[--spares];
            int length = fetch(copy);
            if (length > 0) {
                copies[frame] = copy;
                copy.bytes().put(0, memory, at, HEADER_BYTES);
                return deliver(slot, copy.bytes(), 0, COPY_START, length, frame);
            }
            keep(copy);
        }
        int captured = memory.getInt(at + Tpacket2Hdr.SNAPLEN);
        int start = Short.toUnsignedInt(memory.getShort(at + Tpacket2Hdr.MAC));
        if (start < HEADER_BYTES || captured < 0 || captured > frameSizeBytes - start) {
            malformed++;
            return false;
        }
        return deliver(slot, memory, at, at + start, captured, frame);
    }

    /** The bytes of the packet whose turn it is in the receive queue; not positive when it could not be had. */
    private int fetch(NativeBuffer copy) {
        long room = COPY_BYTES - COPY_START;
        long length = socket.receive(copy.address() + COPY_START, room, Sock.MSG_DONTWAIT);
        if (length == -Errno.ENETDOWN || length == -Errno.EINTR) {
            // The socket's pending error came first; the packet is still there.
            length = socket.receive(copy.address() + COPY_START, room, Sock.MSG_DONTWAIT);
        }
        return (int) length;
    }

    private void keep(NativeBuffer copy) {
        if (spares < KEPT_COPIES) {
            spare[spares++] = copy;
        }
    }

    @Override
    boolean isReady() {
        int status = (int) STATUS.getAcquire(memory, next * frameSizeBytes + Tpacket2Hdr.STATUS);
        return (status & IfPacket.TP_STATUS_USER) != 0 && !out[next];
    }

    @Override
    boolean isNewestHeld() {
        return out[next == 0 ? frames - 1 : next - 1];
    }

    @Override
    void giveBack(int frame, int packets) {
        out[frame] = false;
        lent--;
        NativeBuffer copy = copies[frame];
        if (copy != null) {
            copies[frame] = null;
            keep(copy);
        }
        STATUS.setRelease(memory, frame * frameSizeBytes + Tpacket2Hdr.STATUS, IfPacket.TP_STATUS_KERNEL);
    }

    @Override
    int unitBytes() {
        return frameSizeBytes;
    }

    @Override
    boolean isHeld(int frame) {
        return out[frame];
    }

    @Override
    int lent() {
        return lent;
    }
}
