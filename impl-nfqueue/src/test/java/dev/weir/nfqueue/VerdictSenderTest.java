package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.linux.NativeBuffer;
import dev.weir.linux.netlink.Netlink.NlAttr;
import dev.weir.linux.netlink.Netlink.NlMsgHdr;
import dev.weir.linux.netlink.NetlinkReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class VerdictSenderTest {
    private static final int QUEUE = 7;
    private static final String COURIER = "weir nfqueue 7 verdicts";

    /** Reads what is sent as the kernel would: "id", or "..id" for all packets up to it. */
    private static final class Recorder implements VerdictOutlet {
        final List<List<String>> sends = new ArrayList<>();
        Thread sender;
        CountDownLatch gate = new CountDownLatch(0);
        RuntimeException failure;

        @Override
        public void send(NativeBuffer messages, int lengthBytes) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            if (failure != null) {
                throw failure;
            }
            List<String> read = new ArrayList<>();
            NetlinkReader reader = new NetlinkReader().wrap(messages.bytes(), 0, lengthBytes);
            while (reader.next()) {
                int verdict = reader.payload() + NfnetlinkQueue.NFGENMSG_BYTES + NlAttr.BYTES;
                int id = QueuedPacket.network(messages.bytes().getInt(verdict + Integer.BYTES));
                read.add((reader.type() == NfnetlinkQueue.MSG_VERDICT_BATCH ? ".." : "") + id);
            }
            assertFalse(reader.isMalformed());
            synchronized (this) {
                sends.add(read);
                sender = Thread.currentThread();
            }
        }

        synchronized List<String> all() {
            return sends.stream().flatMap(List::stream).toList();
        }
    }

    private final Recorder kernel = new Recorder();
    private final VerdictSender sender = new VerdictSender(kernel, QUEUE, true);

    @AfterEach
    void endsItsThread() {
        kernel.gate.countDown();
        sender.close();
        assertFalse(courierRuns());
    }

    private static boolean courierRuns() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals(COURIER));
    }

    private void decide(int from, int to, boolean inOrder) {
        for (int id = from; id <= to; id++) {
            sender.verdict(id, NfnetlinkQueue.NF_ACCEPT, inOrder);
        }
    }

    @Test
    void nothingIsSentBeforeAFlushUnlessThereAreMoreThanAHundredMessages() {
        decide(1, 100, false);
        assertEquals(List.of(), kernel.sends);
        decide(101, 250, false);
        assertEquals(2, kernel.sends.size());
        sender.flush();
        assertEquals(
                List.of(100, 100, 50), kernel.sends.stream().map(List::size).toList());
        assertEquals(IntStream.rangeClosed(1, 250).mapToObj(Integer::toString).toList(), kernel.all());
        sender.flush();
        assertEquals(3, kernel.sends.size());
    }

    @Test
    void whatIsDecidedInOrderAndAlikeSharesAMessage() {
        decide(1, 500, true);
        sender.verdict(501, NfnetlinkQueue.NF_DROP, true);
        sender.verdict(503, NfnetlinkQueue.NF_DROP, false);
        sender.flush();
        assertEquals(List.of(List.of("..500", "501", "503")), kernel.sends);
        assertSame(Thread.currentThread(), kernel.sender);
    }

    @Test
    void whilePacketsHavePiledUpAnotherThreadSendsAndTheOrderStays() {
        sender.piledUp(true);
        List<String> expected = new ArrayList<>();
        for (int round = 1; round <= 3_000; round++) {
            int last = round * 10;
            decide(last - 9, last, true);
            sender.flush();
            expected.add(".." + last);
            if (round % 100 == 0) {
                sender.piledUp(round % 200 == 0); // now and then they have not
            }
        }
        sender.settle();
        assertEquals(expected, kernel.all());
        sender.piledUp(true);
        decide(30_001, 30_001, true);
        sender.flush();
        sender.settle();
        assertNotSame(Thread.currentThread(), kernel.sender);
        assertTrue(courierRuns());
    }

    @Test
    void whatIsSentDirectlyWaitsForWhatTheOtherThreadHas() {
        kernel.gate = new CountDownLatch(1);
        sender.piledUp(true);
        for (int id = 1; id <= 5; id++) {
            decide(id, id, true);
            sender.flush(); // returns: a few wait
        }
        assertEquals(List.of(), kernel.sends);
        new Thread(kernel.gate::countDown).start();
        sender.piledUp(false);
        decide(6, 6, true);
        sender.flush();
        assertEquals(List.of("1", "2", "3", "4", "5", "6"), kernel.all());
        assertSame(Thread.currentThread(), kernel.sender);
    }

    @Test
    void whatBreaksOnTheOtherThreadIsThrownHere() {
        kernel.failure = new IllegalStateException("no memory");
        sender.piledUp(true);
        decide(1, 1, true);
        sender.flush();
        assertSame(kernel.failure, assertThrows(IllegalStateException.class, sender::settle));
        decide(2, 2, true);
        assertSame(kernel.failure, assertThrows(IllegalStateException.class, sender::flush));
        assertEquals(List.of(), kernel.sends);
    }

    @Test
    void withoutLeaveThereIsNoOtherThread() {
        VerdictSender alone = new VerdictSender(kernel, QUEUE, false);
        alone.piledUp(true);
        alone.verdict(1, NfnetlinkQueue.NF_ACCEPT, true);
        alone.flush();
        assertSame(Thread.currentThread(), kernel.sender);
        assertFalse(courierRuns());
        alone.close();
    }

    @Test
    void aMessageSaysHowManyPacketsItDecides() {
        VerdictOutlet outlet = (messages, lengthBytes) -> {
            assertEquals(32, lengthBytes);
            assertEquals(40, messages.bytes().getInt(NlMsgHdr.SEQ));
        };
        VerdictSender counting = new VerdictSender(outlet, QUEUE, false);
        for (int id = 1; id <= 40; id++) {
            counting.verdict(id, NfnetlinkQueue.NF_ACCEPT, true);
        }
        counting.flush();
    }
}
