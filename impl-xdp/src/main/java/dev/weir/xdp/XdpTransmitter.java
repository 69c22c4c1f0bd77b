package dev.weir.xdp;

import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.Transmitter;
import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.Ethtool;
import dev.weir.linux.IfXdp;
import dev.weir.linux.IfXdp.XdpStatistics;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.NetworkNamespace;
import dev.weir.linux.Poller;
import dev.weir.linux.Socket;
import dev.weir.spi.CaptureRequest;
import dev.weir.xdp.filter.XdpHook;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends frames by the TX ring of an AF_XDP socket. A frame is written into the umem once; it is free again when the
 * completion ring has brought it back, in any order. While the interface is down, frames wait in the ring. When it is gone
 * they are lost, and counted as failed; when there is one of that name again, a new socket sends through it.
 */
final class XdpTransmitter implements Transmitter {
    private static final Logger LOG = LoggerFactory.getLogger(XdpTransmitter.class);
    private static final long CLOSE_LIMIT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(1);

    /** Some drivers stall when the fill ring of a socket is empty, even where nothing is received. */
    private static final int FILL = 64;

    private final String name;
    private final Umem umem;
    private final Frames frames;
    private final NetworkNamespace namespace;
    private final int queue;
    private final Attachment.Plan plan;
    private final Settings settings;
    private final int maxFrameLength;
    private XskSocket socket;
    private Program program;
    private Outlet outlet;
    private long nextLookNs;

    /** Frames that former sockets had, and those of them that were not sent. */
    private long doneBefore;

    private long failedBefore;
    private long packets;
    private long pieces;
    private boolean closed;

    private XdpTransmitter(Umem umem, int queue, Attachment.Plan plan, Settings settings, Attachment attachment) {
        this.name = attachment.link().name();
        this.umem = umem;
        this.frames = new Frames(0, umem.frames());
        this.namespace = NetworkNamespace.current();
        this.queue = queue;
        this.plan = plan;
        this.settings = settings;
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

    private static XdpTransmitter open(
            NetworkInterface out, int queue, Umem umem, Attachment.Plan plan, Settings settings) {
        Attachment attachment = Attachment.open(out, queue, umem, null, plan, settings, false, true);
        XdpTransmitter made;
        try {
            made = new XdpTransmitter(umem, queue, plan, settings, attachment);
        } catch (RuntimeException | Error e) {
            attachment.socket().close();
            throw e;
        }
        try {
            made.take(attachment);
            return made;
        } catch (RuntimeException | Error e) {
            made.namespace.close();
            throw e;
        }
    }

    /** Sends by this socket from now on; all frames are free. Closes it when that does not work. */
    private void take(Attachment attachment) {
        Program loaded = null;
        try {
            ProducerRing fill = attachment.socket().fill();
            for (int i = 0; i < FILL; i++) {
                fill.put(umem.addressOf(frames.takeToReceive()));
            }
            fill.submit();
            if (attachment.zeroCopy()) {
                // Drivers send without copying only while a program is there.
                loaded = Program.load(queue + 1, plan.multiBuffer());
                loaded.attach(attachment.link(), XdpHook.Mode.NATIVE);
            }
        } catch (RuntimeException | Error e) {
            if (loaded != null) {
                loaded.close();
            }
            attachment.socket().close();
            throw e;
        }
        socket = attachment.socket();
        program = loaded;
        outlet = new Outlet(name, socket, umem, frames, attachment.zeroCopy());
    }

    /** Looks whether the interface was made anew, now and then. */
    private void lookForInterface() {
        long nowNs = System.nanoTime();
        if (nowNs - nextLookNs < 0 || socket.poke() != -Errno.ENXIO) {
            return;
        }
        nextLookNs = nowNs + LOOK_EVERY_NS;
        Attachment anew;
        try {
            anew = namespace.call(() -> Interfaces.find(name)
                    .map(found -> Attachment.open(found, queue, umem, null, plan, settings, false, true))
                    .orElse(null));
        } catch (WeirException e) {
            return; // it may be half made, or gone again: the next look tells
        }
        if (anew != null) {
            failedBefore = failed() + frames.sending();
            doneBefore += outlet.done() + frames.sending();
            closeSocket();
            frames.reclaim();
            take(anew);
            LOG.info(
                    "the interface {} was made anew: sending through index {}",
                    name,
                    anew.link().index());
        }
    }

    private void closeSocket() {
        socket.close();
        if (program != null) {
            program.close();
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
        checkOpen();
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

    /** The memory that a closed one would touch is no longer mapped. */
    private void checkOpen() {
        if (closed) {
            throw new WeirException("the transmitter on " + name + " is closed");
        }
    }

    @Override
    public int flush() {
        checkOpen();
        if (!outlet.flush()) {
            lookForInterface();
        }
        return frames.sending();
    }

    @Override
    public int maxFrameLength() {
        return maxFrameLength;
    }

    @Override
    public long sent() {
        // Exact whenever nothing is under way; meanwhile a packet of several pieces counts when its pieces are back.
        return packets - Math.min(packets, pieces - doneBefore - outlet.done()) - failed();
    }

    @Override
    public long failed() {
        if (!closed) {
            socket.readStatistics();
        }
        return failedBefore + outlet.refused() + socket.counter(XdpStatistics.TX_INVALID_DESCS);
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
            closeSocket();
            namespace.close();
            umem.close();
        }
    }
}
