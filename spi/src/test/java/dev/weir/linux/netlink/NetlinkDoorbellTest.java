package dev.weir.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.linux.Errno;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.netlink.Netlink.NlMsgErr;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rings on an rtnetlink socket, which needs no rights: every family of netlink acknowledges alike. */
@Timeout(60)
class NetlinkDoorbellTest {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private final MessageBatch batch = MessageBatch.withBuffers(8, 256);
    private final NetlinkReader reader = new NetlinkReader();

    @Test
    void aRingEndsTheReceiveWithAnAcknowledgement() throws InterruptedException {
        try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route");
                NetlinkDoorbell bell = new NetlinkDoorbell(socket)) {
            socket.socket().letBlock(PATIENCE_NS);
            assertTrue(bell.fallAsleep());
            Thread ringer = new Thread(() -> {
                LockSupport.parkNanos(20_000_000);
                bell.ring();
                bell.ring();
            });
            ringer.start();
            assertEquals(1, batch.await(socket.socket(), 8));
            ringer.join();
            bell.wakeUp();
            reader.wrap(batch.buffer(0), 0, batch.movedBytes(0));
            assertTrue(reader.next());
            assertEquals(Netlink.NLMSG_ERROR, reader.type());
            assertEquals(0, reader.sequence());
            assertEquals(0, reader.bytes().getInt(reader.payload() + NlMsgErr.ERROR));
            assertEquals(-Errno.EAGAIN, socket.receive(batch), "the second ring found it rung");
        }
    }

    @Test
    void noRingIsLostAndOneThatFindsTheOwnerAwakeIsNoCall() throws InterruptedException {
        int rounds = 20_000;
        AtomicInteger wanted = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route");
                NetlinkDoorbell bell = new NetlinkDoorbell(socket)) {
            socket.socket().letBlock(PATIENCE_NS);
            bell.ring();
            assertEquals(-Errno.EAGAIN, socket.receive(batch), "awake: nothing was sent");
            assertTrue(bell.answer());
            Thread ringer = new Thread(() -> {
                for (int i = 1; i <= rounds; i++) {
                    wanted.set(i);
                    bell.ring();
                    while (seen.get() < i) {
                        Thread.onSpinWait();
                    }
                    if (i % 16 == 0) {
                        LockSupport.parkNanos(i % 64 * 1_000L);
                    }
                }
            });
            ringer.start();
            long longestNs = 0;
            while (seen.get() < rounds) {
                long begin = System.nanoTime();
                if (!bell.answer() && bell.fallAsleep()) {
                    if (wanted.get() == seen.get()) {
                        batch.await(socket.socket(), 8);
                    }
                    bell.wakeUp();
                }
                longestNs = Math.max(longestNs, System.nanoTime() - begin);
                seen.set(wanted.get());
            }
            ringer.join();
            assertTrue(longestNs < PATIENCE_NS / 2, "a ring was lost: slept for " + longestNs + " ns");
        }
    }

    @Test
    void ringingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route");
                NetlinkDoorbell bell = new NetlinkDoorbell(socket)) {
            long before = 0;
            for (int i = 0; i < 60_000; i++) {
                if (i == 50_000) {
                    before = threads.getCurrentThreadAllocatedBytes();
                }
                bell.fallAsleep();
                bell.ring();
                bell.wakeUp();
                socket.receive(batch);
            }
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < 10_000, allocated + " bytes in 10,000 rings");
        }
    }

    @Test
    void aRingAfterCloseSendsNothing() {
        try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "route")) {
            NetlinkDoorbell bell = new NetlinkDoorbell(socket);
            assertTrue(bell.fallAsleep());
            bell.close();
            bell.ring();
            assertEquals(-Errno.EAGAIN, socket.receive(batch));
        }
    }
}
