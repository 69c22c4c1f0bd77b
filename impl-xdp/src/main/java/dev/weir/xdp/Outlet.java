package dev.weir.xdp;

import dev.weir.linux.Errno;
import java.lang.invoke.VarHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out by a socket: its TX ring, the call that has the kernel look at it, and the completion ring by which frames
 * come back, in any order.
 */
final class Outlet {
    private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);
    private static final int BATCH = 64;

    private final String name;
    private final XskSocket socket;
    private final ProducerRing ring;
    private final ConsumerRing completed;
    private final Umem umem;
    private final Frames frames;
    private final boolean zeroCopy;

    /** The kernel has not been told of all that is in the ring, or had no room for it. */
    private boolean kickDue;

    private boolean warned;
    private long done;
    private long refused;

    /** @param name of the interface, for messages */
    Outlet(String name, XskSocket socket, Umem umem, Frames frames, boolean zeroCopy) {
        this.name = name;
        this.socket = socket;
        this.ring = socket.transmit();
        this.completed = socket.completed();
        this.umem = umem;
        this.frames = frames;
        this.zeroCopy = zeroCopy;
    }

    /** True when so many descriptors fit; makes room by a call to the kernel if need be. */
    boolean hasRoom(int descriptors) {
        if (ring.room(descriptors) >= descriptors) {
            return true;
        }
        flush();
        return ring.room(descriptors) >= descriptors;
    }

    /** Puts a descriptor; there is room. */
    void put(long address, int length, int options) {
        ring.put(address, length, options);
    }

    /** Hands what was put to the kernel, and takes back what it has sent; false when the interface is down or gone. */
    boolean flush() {
        if (ring.submit()) {
            kickDue = true;
            // The flag is read after the index was written: else kernel and we could each wait for the other.
            VarHandle.fullFence();
        }
        boolean up = !kickDue || !ring.needsWakeup() || kick();
        complete();
        return up;
    }

    /** Ends: in each turn the kernel took something out of the ring, or it is left. */
    private boolean kick() {
        int before = ring.pending();
        while (true) {
            int result = socket.kick();
            int pending = ring.pending();
            if (result >= 0) {
                // With zero-copy the driver goes on by itself; in copy mode the completion ring was full.
                kickDue = !zeroCopy && pending > 0;
            } else {
                switch (-result) {
                    // 32 frames were sent, and more wait; or the device has no room: later
                    case Errno.EAGAIN, Errno.ENOBUFS, Errno.EINTR -> kickDue = pending > 0;
                    case Errno.EBUSY -> {
                        // The device dropped the frame; it comes back as if it had been sent.
                        refused += pending < before ? 1 : 0;
                        kickDue = pending > 0;
                    }
                    case Errno.ENETDOWN, Errno.ENXIO -> {
                        return false;
                    }
                    default -> warn(-result);
                }
            }
            if (!kickDue || pending == before || result >= 0) {
                return true;
            }
            before = pending;
            complete(); // the kernel sends no more than the completion ring has room for
        }
    }

    private void warn(int errno) {
        kickDue = false;
        if (!warned) {
            warned = true;
            LOG.warn("the kernel does not send frames by {}: {}; this is told once", name, Errno.name(errno));
        }
    }

    /** Takes back what was sent. */
    void complete() {
        int count;
        while ((count = completed.peek(BATCH)) > 0) {
            for (int i = 0; i < count; i++) {
                frames.sent(umem.frameOf(completed.address(i)));
            }
            completed.release(count);
            done += count;
        }
    }

    /** True when the kernel has to be called again although nothing new was put. */
    boolean isKickDue() {
        return kickDue;
    }

    /** Frames that came back. */
    long done() {
        return done;
    }

    /** Of these, frames that the device dropped. */
    long refused() {
        return refused;
    }
}
