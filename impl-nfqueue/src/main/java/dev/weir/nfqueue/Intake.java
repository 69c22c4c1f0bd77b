package dev.weir.nfqueue;

import dev.weir.linux.Errno;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.Poller;
import dev.weir.linux.Socket;
import dev.weir.linux.netlink.NetlinkDoorbell;
import dev.weir.linux.netlink.NetlinkSocket;
import java.nio.ByteBuffer;

/**
 * Brings datagrams from the socket, many with one system call ({@link BatchSize}). The owner sleeps inside a receive, so what
 * ends its sleep needs no second call, and a batch that was not full says that the socket is empty without a third. For
 * the queue's owner, except {@link #wakeUp}.
 */
final class Intake implements AutoCloseable {
    private static final int SPARE_BUFFERS = 128;

    /** How long a receive sleeps. Shorter sleeps are left to poll: changing the socket's patience is a system call. */
    private static final long SLEEP_NS = 50_000_000;

    private final Socket socket;
    private final NetlinkDoorbell doorbell;
    private final Poller poller;
    private final ReceiveBuffers buffers;
    private final MessageBatch batch;
    private final BatchSize size = new BatchSize();

    /** Where the next datagram to hand out stands, and where they end. */
    private int next;

    private int end;

    /** What ended the last sleep if no datagram did: minus the errno. */
    private int failure;

    /** The last sleep ended with fewer than were asked for, and nobody has looked into the socket since. */
    private boolean foundEmpty;

    /** The last look brought as many as were asked for: there may be more. */
    private boolean filled;

    private boolean stopping;

    /** @param datagramBytes no datagram is longer */
    Intake(NetlinkSocket netlink, int datagramBytes) {
        socket = netlink.socket();
        buffers = new ReceiveBuffers(BatchSize.USUAL, BatchSize.MOST, SPARE_BUFFERS, datagramBytes);
        batch = buffers.batch();
        poller = new Poller(netlink.fd());
        socket.letBlock(SLEEP_NS);
        doorbell = new NetlinkDoorbell(netlink);
    }

    /**
     * How many datagrams can be taken now, at most so many; 0 when there may be some and a sleep would end at once;
     * minus the errno of a receive, EAGAIN when the socket is empty.
     */
    int receive(int limit) {
        if (next == end) {
            if (foundEmpty && !stopping) {
                foundEmpty = false;
                return 0;
            }
            int asked = buffers.renew(Math.min(limit, size.next()));
            int received = failure != 0 ? failure : batch.receive(socket, asked);
            failure = 0;
            filled = false;
            if (received < 0) {
                return received;
            }
            came(received, asked);
        }
        return Math.min(limit, end - next);
    }

    private void came(int received, int asked) {
        next = 0;
        end = received;
        filled = received == asked && asked > 1; // one that was asked for alone mostly comes alone
        if (received > 0) {
            long bytes = 0;
            for (int place = 0; place < received; place++) {
                bytes += batch.movedBytes(place);
            }
            size.received(asked, received, bytes);
        }
    }

    /** True when packets have been coming faster than they are decided. */
    boolean hasPiledUp() {
        return size.hasPiledUp();
    }

    /** The place of the next datagram, one of those that {@link #receive} told of. */
    int take() {
        return next++;
    }

    ByteBuffer bytes(int place) {
        return buffers.bytes(place);
    }

    /** Bytes of the datagram that are there. */
    int lengthBytes(int place) {
        return Math.min(batch.movedBytes(place), bytes(place).capacity());
    }

    /** True when a datagram's buffer can be kept. */
    boolean canKeep() {
        return buffers.hasSpare();
    }

    /** Keeps the buffer of a datagram that was taken, until it is {@linkplain #giveBack given back}. */
    ReceiveBuffers.Buffer keep(int place) {
        return buffers.keep(place);
    }

    void giveBack(ReceiveBuffers.Buffer buffer) {
        buffers.giveBack(buffer);
    }

    /** Sleeps until there is something to receive or to do; early or late as {@code CaptureQueue.await} allows. */
    void await(long timeoutNs) {
        foundEmpty = false;
        if (doorbell.answer() || next != end || timeoutNs <= 0 || !doorbell.fallAsleep()) {
            return;
        }
        if (timeoutNs < SLEEP_NS) {
            if (!filled) {
                poller.poll(timeoutNs);
            }
            filled = false;
        } else {
            awaitDatagrams();
        }
        doorbell.wakeUp();
    }

    private void awaitDatagrams() {
        int asked = buffers.renew(size.next());
        int received = batch.await(socket, asked);
        if (received >= 0) {
            came(received, asked);
            foundEmpty = received < asked;
        } else if (received != -Errno.EAGAIN && received != -Errno.EINTR) {
            failure = received;
        }
    }

    /** Ends the owner's sleep, this one or the next. Any thread. */
    void wakeUp() {
        doorbell.ring();
    }

    /** From now on an empty socket shows in no other way than by looking. */
    void stop() {
        stopping = true;
    }

    @Override
    public void close() {
        doorbell.close();
    }
}
