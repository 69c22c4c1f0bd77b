package dev.weir.xdp;

import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.Transmitter;
import dev.weir.WeirException;
import dev.weir.linux.Ethtool;
import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.XdpStatistics;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.Poller;
import dev.weir.linux.Socket;
import dev.weir.spi.CaptureRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends frames by the TX ring of an AF_XDP socket. A frame is written into the umem once; it is free again when the
 * completion ring has brought it back, in any order.
 */
final class XdpTransmitter implements Transmitter {
    private static final Logger LOG = LoggerFactory.getLogger(XdpTransmitter.class);
    private static final long CLOSE_LIMIT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String name;
    private final Umem umem;
    private final Frames frames;
    private final XskSocket socket;
    private final Program program;
    private final Outlet outlet;
    private final int maxFrameLength;
    private long packets;
    private long pieces;
    private boolean closed;

    private XdpTransmitter(Umem umem, Frames frames, Attachment attachment, Program program) {
        this.name = attachment.link().name();
        this.umem = umem;
        this.frames = frames;
        this.socket = attachment.socket();
        this.program = program;
        this.outlet = new Outlet(name, socket, umem, frames, attachment.zeroCopy());
        this.maxFrameLength = attachment.multiBuffer()
                ? attachment.maxFrameLength()
                : Math.min(attachment.maxFrameLength(), umem.frameSizeBytes());
    }

    /** Opens in the network namespace of the calling thread. */
    static XdpTransmitter open(CaptureRequest request) {
        Settings settings = Settings.ofTransmitter(request.options());
        NetworkInterface out = Links.find(request.target(), false).get(0);
        int queues;
        try (Socket asking = Interfaces.socket()) {
            queues = Ethtool.receiveQueues(asking, out.name());
        }
        int queue = settings.queues().among(queues, out.name())[0];
        boolean large = settings.multiBuffer() == null
                ? out.mtuBytes() + 18 > settings.frameSizeBytes()
                : settings.multiBuffer();
        Umem umem = Umem.allocate(settings.ringSize() + FILL, settings.frameSizeBytes(), settings.hugePages());
        List<String> refused = new ArrayList<>();
        try {
            // In copy mode frames go out by the driver's usual way, without a program.
            for (Attachment.Plan plan :
                    Attachment.Plan.of(settings.mode(), Settings.Mode.NATIVE, large, settings.multiBuffer() != null)) {
                try {
                    return open(out, queue, umem, plan, settings);
                } catch (LinuxException e) {
                    if (!e.call().startsWith("bind(")) {
                        throw e;
                    }
                    refused.add(plan + ": " + e.getMessage());
                }
            }
            throw new WeirException(
                    "no AF_XDP socket could be bound to " + out.name() + " as asked: " + String.join("; ", refused));
        } catch (RuntimeException | Error e) {
            umem.close();
            throw e;
        }
    }

    /** Some drivers stall when the fill ring of a socket is empty, even where nothing is received. */
    private static final int FILL = 64;

    private static XdpTransmitter open(
            NetworkInterface out, int queue, Umem umem, Attachment.Plan plan, Settings settings) {
        Attachment attachment = Attachment.open(out, queue, umem, null, plan, settings, false, true);
        Program program = null;
        try {
            Frames frames = new Frames(0, umem.frames());
            ProducerRing fill = attachment.socket().fill();
            for (int i = 0; i < FILL; i++) {
                fill.put(umem.addressOf(frames.takeToReceive()));
            }
            fill.submit();
            if (attachment.zeroCopy()) {
                program = Program.load(
                        queue + 1, plan.multiBuffer()); // drivers send without copying only while a program is there
                program.attach(out, Settings.Mode.NATIVE);
            }
            return new XdpTransmitter(umem, frames, attachment, program);
        } catch (RuntimeException | Error e) {
            if (program != null) {
                program.close();
            }
            attachment.socket().close();
            throw e;
        }
    }

    @Override
    public boolean offer(ByteBuffer frame) {
        int length = frame.remaining();
        if (!isRoomFor(length)) {
            return false;
        }
        int from = frame.position();
        int at = 0;
        do {
            int piece = Math.min(length - at, umem.frameSizeBytes());
            long address = umem.addressOf(frames.takeToSend());
            umem.bytes().put((int) address, frame, from + at, piece);
            at += piece;
            outlet.put(address, piece, at < length ? IfXdp.Newer.XDP_PKT_CONTD : 0);
            pieces++;
        } while (at < length);
        packets++;
        return true;
    }

    @Override
    public boolean offer(Packet packet) {
        if (packet.linkType() != LinkType.ETHERNET) {
            throw new WeirException(
                    name + " sends Ethernet frames, and the packet is " + LinkType.name(packet.linkType()));
        }
        int length = packet.capturedLength();
        if (!isRoomFor(length)) {
            return false;
        }
        int at = 0;
        do {
            int piece = Math.min(length - at, umem.frameSizeBytes());
            long address = umem.addressOf(frames.takeToSend());
            packet.bytes().get(at, umem.bytes().clear().position((int) address), piece);
            at += piece;
            outlet.put(address, piece, at < length ? IfXdp.Newer.XDP_PKT_CONTD : 0);
            pieces++;
        } while (at < length);
        packets++;
        return true;
    }

    private boolean isRoomFor(int length) {
        if (closed) {
            throw new WeirException("the transmitter on " + name + " is closed");
        }
        if (length < 1 || length > maxFrameLength) {
            throw new WeirException(
                    "a frame sent through " + name + " has 1 to " + maxFrameLength + " bytes, not " + length);
        }
        int needed = (length + umem.frameSizeBytes() - 1) / umem.frameSizeBytes();
        if (frames.free() < needed) {
            outlet.complete();
        }
        return frames.free() >= needed && outlet.hasRoom(needed);
    }

    @Override
    public int flush() {
        outlet.flush();
        return frames.sending();
    }

    @Override
    public int maxFrameLength() {
        return maxFrameLength;
    }

    @Override
    public long sent() {
        // Exact whenever nothing is under way; meanwhile a packet of several pieces counts when its pieces are back.
        return packets - Math.min(packets, pieces - outlet.done()) - failed();
    }

    @Override
    public long failed() {
        if (!closed) {
            socket.readStatistics();
        }
        return outlet.refused() + socket.counter(XdpStatistics.TX_INVALID_DESCS);
    }

    /** Where each frame is; for tests. */
    Frames frames() {
        return frames;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            long deadline = System.nanoTime() + CLOSE_LIMIT_NS;
            Poller nap = new Poller();
            while (flush() > 0 && System.nanoTime() - deadline < 0) {
                nap.poll(RETRY_NS);
            }
            if (frames.sending() > 0) {
                LOG.warn("{} frames for {} were not sent within a second, and are given up", frames.sending(), name);
            }
            socket.readStatistics();
        } finally {
            closed = true;
            socket.close();
            if (program != null) {
                program.close();
            }
            umem.close();
        }
    }
}
