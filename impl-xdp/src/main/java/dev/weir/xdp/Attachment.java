package dev.weir.xdp;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.Ethtool;
import dev.weir.linux.IfEther;
import dev.weir.linux.IfXdp;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.Poller;
import dev.weir.linux.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * A socket bound to a queue of an interface, and what came of it.
 *
 * @param link the interface as it was then
 * @param zeroCopy what the kernel says (XDP_OPTIONS)
 * @param multiBuffer packets may take several frames
 */
record Attachment(XskSocket socket, NetworkInterface link, boolean zeroCopy, boolean multiBuffer) {
    static final int VLAN_TAG_BYTES = 4;

    /** A socket that was closed may keep its queue for a moment. */
    private static final long BUSY_PATIENCE_NS = 1_000_000_000;

    private static final long BUSY_NAP_NS = 10_000_000;

    /** A way to bind. */
    record Plan(boolean zeroCopy, boolean multiBuffer) {
        /**
         * The ways to try, the best one first.
         *
         * @param asked null for the best that works
         * @param attached how the program is attached
         * @param multiBuffer it is needed
         * @param must it was asked for, and not only found to be useful
         */
        static List<Plan> of(Settings.Mode asked, Settings.Mode attached, boolean multiBuffer, boolean must) {
            List<Plan> plans = new ArrayList<>();
            for (boolean zeroCopy : new boolean[] {true, false}) {
                boolean possible = zeroCopy
                        ? asked == Settings.Mode.ZERO_COPY || asked == null && attached == Settings.Mode.NATIVE
                        : asked != Settings.Mode.ZERO_COPY;
                if (possible && multiBuffer) {
                    plans.add(new Plan(zeroCopy, true));
                }
                if (possible && !(multiBuffer && must)) {
                    plans.add(new Plan(zeroCopy, false));
                }
            }
            return plans;
        }

        private int flags() {
            return IfXdp.XDP_USE_NEED_WAKEUP
                    | (zeroCopy ? IfXdp.XDP_ZEROCOPY : IfXdp.XDP_COPY)
                    | (multiBuffer ? IfXdp.Newer.XDP_USE_SG : 0);
        }

        @Override
        public String toString() {
            return (zeroCopy ? "zero-copy" : "copy") + (multiBuffer ? " with multi-buffer" : "");
        }
    }

    /**
     * Opens and binds in the network namespace of the calling thread.
     *
     * @param sharing a bound socket whose umem is used as well; null to register the umem
     * @param receiving false for a socket that only sends
     * @param sending false for one that only receives
     * @throws LinuxException when the kernel does not bind in this way
     * @throws WeirException when somebody else has the queue
     */
    static Attachment open(
            NetworkInterface link,
            int queue,
            Umem umem,
            XskSocket sharing,
            Plan plan,
            Settings settings,
            boolean receiving,
            boolean sending) {
        XskSocket socket = XskSocket.open(
                sharing == null ? umem : null, receiving ? settings.ringSize() : 0, sending ? settings.ringSize() : 0);
        try {
            // A socket that shares a umem is bound as the first one was, and must not say how.
            bind(link, queue, socket, sharing == null ? plan.flags() : IfXdp.XDP_SHARED_UMEM, sharing);
            if (settings.busyPollUs() > 0) {
                int failure = socket.preferBusyPolling(settings.busyPollUs(), settings.busyPollBudget());
                if (failure < 0) {
                    throw new WeirException("xdp option busy-poll: the kernel refuses it with " + Errno.name(-failure)
                            + "; it needs Linux 5.11 and CAP_NET_ADMIN");
                }
            }
            return new Attachment(socket, link, socket.isZeroCopy(), plan.multiBuffer());
        } catch (RuntimeException | Error e) {
            socket.close();
            throw e;
        }
    }

    private static void bind(NetworkInterface link, int queue, XskSocket socket, int flags, XskSocket sharing) {
        long endNs = System.nanoTime() + BUSY_PATIENCE_NS;
        int result = socket.bind(link.index(), queue, flags, sharing);
        while (result == -Errno.EBUSY && System.nanoTime() - endNs < 0) {
            new Poller().poll(BUSY_NAP_NS);
            result = socket.bind(link.index(), queue, flags, sharing);
        }
        if (result == -Errno.EBUSY) {
            throw new WeirException("queue " + queue + " of " + link.name()
                    + " has an AF_XDP socket already, another Weir's perhaps: stop that one, or take other queues"
                    + " (queues=, for a transmitter queue=)");
        }
        if (result < 0) {
            throw new LinuxException("bind(" + link.name() + ", queue " + queue + ")", -result);
        }
    }

    /** Longest frame that the interface sends, with link header and one VLAN tag. */
    int maxFrameLength() {
        return link.mtuBytes() + IfEther.ETH_HLEN + VLAN_TAG_BYTES;
    }

    /**
     * False on a veth: what the other end sends from this machine has checksums that no hardware will ever complete, and
     * the socket is not told which.
     */
    boolean checksumsComplete() {
        try (Socket asking = Interfaces.socket()) {
            return !Ethtool.driver(asking, link.name()).equals("veth");
        }
    }
}
