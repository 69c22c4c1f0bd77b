package dev.weir.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.weir.OptionSpec;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The contract of {@link CaptureProvider}, {@link CaptureSource} and {@link CaptureQueue}, as tests against the SPI. A
 * backend's tests extend it and say how the backend is opened ({@link #provider}, {@link #target}, {@link #options}) and
 * how frames get in ({@link #inject}).
 *
 * <p>A live interface carries other packets too; whatever is none of the {@link NumberedFrames} is given back at once
 * and not counted. The thread of the test owns the queues. A test about something that a kind of capture does not have
 * passes there without a word, so that a skip always means that the machine could not run it.
 */
@SuppressWarnings("exports") // JUnit is there where tests are, and only there
@Timeout(value = 2, unit = TimeUnit.MINUTES)
public abstract class CaptureContract extends LendingContract {
    /** For backends' tests. */
    protected CaptureContract() {}

    // Ending

    @Test
    void stopIntakeLetsComeWhatIsQueuedThenEnds() throws Exception {
        try (Opened opened = openFedWith(NumberedFrames.frames(0, 100))) {
            BitSet seen = new BitSet();
            if (live()) {
                // until the first is there, the others may still be under way
                opened.receiveUntil(
                        slot -> {
                            seen.set(NumberedFrames.number(slot));
                            opened.finish(slot);
                        },
                        () -> !seen.isEmpty());
                Thread.sleep(100);
            }
            opened.queue.stopIntake();
            opened.receiveUntil(
                    slot -> {
                        seen.set(NumberedFrames.number(slot));
                        opened.finish(slot);
                    },
                    () -> false);
            assertTrue(opened.ended, "END came");
            assertEquals(CaptureQueue.END, opened.queue.receive(opened.slots, 1), "and stays");
            if (live()) {
                assertEquals(100, seen.cardinality());
            }
        }
    }

    @Test
    void aFileEndsByItselfAfterItsLastPacket() throws Exception {
        if (live()) {
            return; // a live capture has no end of its own
        }
        try (Opened opened = openFedWith(NumberedFrames.frames(0, 10))) {
            opened.receive(10, opened::finish);
            opened.receiveUntil(slot -> fail("an eleventh packet"), () -> false);
            assertTrue(opened.ended);
        }
    }

    @Test
    void openAndCloseLeaveNothingBehind() throws Exception {
        List<byte[]> frames = NumberedFrames.frames(0, 20);
        openFedWith(frames).close(); // loads classes and libraries
        ProcessFootprint before = ProcessFootprint.now();
        for (int i = 0; i < 5; i++) {
            try (Opened opened = open(options())) {
                opened.receiveWhileThereAre(opened::finish);
                opened.queue.await(0);
            }
        }
        ProcessFootprint after = ProcessFootprint.settled(before);
        assertTrue(after.isWithin(before), "before " + before + ", after " + after);
    }

    @Test
    void closeWithSlotsOutGivesTheRestBackAndTheirBytesStayReadable() throws Exception {
        openFedWith(NumberedFrames.frames(0, 20)).close();
        ProcessFootprint before = ProcessFootprint.now();
        List<Slot> held;
        try (Opened opened = open(options())) {
            if (live()) {
                inject(NumberedFrames.frames(0, 20));
            }
            held = opened.keepUpTo(20);
        }
        ProcessFootprint after = ProcessFootprint.settled(before);
        assertTrue(
                after.descriptors() <= before.descriptors() && after.threads() <= before.threads(),
                "before " + before + ", after " + after);
        int sum = 0;
        for (Slot slot : held) {
            for (int i = 0; i < slot.capturedLength(); i++) {
                sum += slot.bytes().u8(i);
            }
        }
        assertNotEquals(0, sum, "a classifier that has not returned may still read");
    }

    // Losses

    @Test
    void whatIsLostIsCounted() throws Exception {
        int count = framesToOverflow();
        if (count == 0) {
            return; // nothing is ever lost here
        }
        try (Opened opened = open(smallOptions())) {
            inject(NumberedFrames.frames(0, count));
            BitSet seen = new BitSet();
            long end = System.nanoTime() + PATIENCE_NS;
            do {
                opened.receiveWhileThereAre(slot -> {
                    seen.set(NumberedFrames.number(slot));
                    opened.finish(slot);
                });
                opened.queue.refreshLosses();
                opened.queue.await(TimeUnit.MILLISECONDS.toNanos(20));
            } while (seen.cardinality() + opened.lost() < count && System.nanoTime() < end);
            assertTrue(seen.cardinality() < count, "it was to lose some");
            assertTrue(
                    seen.cardinality() + opened.lost() >= count,
                    seen.cardinality() + " received and " + opened.lost() + " lost do not make " + count);
            long lost = opened.lost();
            opened.queue.refreshLosses();
            assertTrue(opened.lost() >= lost, "counters do not go back when they are read again");
        }
    }

    // Several queues

    @Test
    void severalQueuesShareTheFramesAndKeepFlowsTogether() throws Exception {
        Map<String, String> options = severalQueues();
        if (options == null) {
            return; // there is only one queue
        }
        try (Opened opened = open(options)) {
            List<? extends CaptureQueue> queues = opened.source.queues();
            assertTrue(queues.size() > 1);
            inject(NumberedFrames.frames(0, 200));
            inject(NumberedFrames.frames(1_000, 50)); // the same flows as the first fifty
            int[] queueOf = new int[1_050];
            Arrays.fill(queueOf, -1);
            int received = 0;
            long end = System.nanoTime() + PATIENCE_NS;
            while (received < 250 && System.nanoTime() < end) {
                for (CaptureQueue queue : queues) {
                    int count = queue.receive(opened.slots, opened.slots.length);
                    for (int i = 0; i < count; i++) {
                        Slot slot = opened.slots[i];
                        int number = NumberedFrames.number(slot);
                        assertEquals(queue.index(), slot.queue());
                        if (number >= 0) {
                            assertEquals(-1, queueOf[number], "frame " + number + " came twice");
                            queueOf[number] = queue.index();
                            received++;
                        }
                        queue.verdict(slot, Verdict.ACCEPT);
                        queue.release(slot);
                    }
                    queue.flush();
                    queue.await(TimeUnit.MILLISECONDS.toNanos(1));
                }
            }
            assertEquals(250, received);
            if (opened.traits().symmetric()) {
                for (int i = 0; i < 50; i++) {
                    assertEquals(queueOf[i], queueOf[1_000 + i], "packets of one flow come by one queue");
                }
            }
        }
    }

    // Cost

    @Test
    void nothingIsAllocatedPerPacketInSteadyState() throws Exception {
        int window = 2_000;
        int windows = 12;
        int chunk = live() ? 200 : window;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Opened opened = live() ? open(options()) : openFedWith(NumberedFrames.frames(0, window * windows))) {
            List<byte[]> frames = live() ? NumberedFrames.frames(0, chunk) : List.of();
            long least = Long.MAX_VALUE;
            for (int w = 0; w < windows; w++) {
                long allocated = 0;
                for (int received = 0; received < window; received += chunk) {
                    if (live()) {
                        inject(frames);
                    }
                    long before = threads.getCurrentThreadAllocatedBytes();
                    opened.receiveAndFinish(chunk);
                    allocated += threads.getCurrentThreadAllocatedBytes() - before;
                }
                least = Math.min(least, allocated);
            }
            assertTrue(least < window / 2, "at best " + least + " bytes were allocated for " + window + " packets");
        }
    }

    // Names, options, errors

    @Test
    void itIntroducesItself() {
        CaptureProvider provider = provider();
        assertTrue(provider.name().matches("[a-z][a-z0-9]*"), provider.name());
        assertFalse(provider.description().isBlank());
        Set<String> names = new HashSet<>();
        for (OptionSpec option : provider.options()) {
            assertTrue(option.name().matches("[a-z][a-z0-9-]*"), option.name());
            assertTrue(names.add(option.name()), option.name() + " is described twice");
            assertFalse(option.allowed().isBlank(), option.name());
            assertFalse(option.help().isBlank(), option.name());
        }
    }

    @Test
    void probingSaysYesWhereTheContractRuns() throws Exception {
        provider().probe();
        ProcessFootprint before = ProcessFootprint.now();
        assertEquals(Availability.YES, inside(() -> provider().probe()));
        ProcessFootprint after = ProcessFootprint.settled(before);
        assertTrue(after.isWithin(before), "before " + before + ", after " + after);
    }

    @Test
    void traitsAndQueuesStayAsTheyAre() throws Exception {
        try (Opened opened = openFedWith(NumberedFrames.frames(0, 3))) {
            CaptureTraits traits = opened.traits();
            checkTraits(traits);
            assertEquals(!live(), traits.offline());
            assertTrue(traits.maxPackets() > 0);
            assertTrue(traits.maxBytes() > 0);
            assertTrue(traits.carriesOut().isEmpty() || traits.carriesOut().contains(Verdict.Kind.ACCEPT));
            assertFalse(traits.carriesOut().contains(Verdict.Kind.CONTINUE));
            assertFalse(traits.carriesOut().contains(Verdict.Kind.HOLD));
            List<? extends CaptureQueue> queues = opened.source.queues();
            for (int i = 0; i < queues.size(); i++) {
                assertEquals(i, queues.get(i).index());
                assertSame(queues.get(i), opened.source.queues().get(i));
            }
            assertTrue(queues.size() > 1 || traits.symmetric(), "a single queue brings both directions");
            opened.receive(3, opened::finish);
            assertSame(traits, opened.traits());
            assertFalse(opened.source.explain().isEmpty(), "it explains what it got");
        }
    }

    @Test
    void anUnknownOptionIsRefusedWithTheListOfThoseThereAre() {
        CaptureProvider provider = provider();
        WeirException refusal = assertThrows(
                WeirException.class,
                () -> Options.of(provider.name(), provider.options(), Map.of("no-such-option", "1")));
        provider.options()
                .forEach(option -> assertTrue(refusal.getMessage().contains(option.name()), refusal.getMessage()));
    }

    @Test
    void aBadValueIsRefusedAndNothingStaysOpen() throws Exception {
        openFedWith(NumberedFrames.frames(0, 3)).close();
        refuseBadValues(); // libraries that are loaded for a check stay loaded
        ProcessFootprint before = ProcessFootprint.now();
        refuseBadValues();
        ProcessFootprint after = ProcessFootprint.settled(before);
        assertTrue(after.isWithin(before), "before " + before + ", after " + after);
    }

    private void refuseBadValues() {
        for (OptionSpec option : provider().options()) {
            if (freeTextOptions().contains(option.name())) {
                continue;
            }
            WeirException refusal = assertThrows(
                    WeirException.class,
                    () -> open(Map.of(option.name(), "-no such value-")).close(),
                    option.name());
            assertOneLine(refusal);
            assertTrue(refusal.getMessage().contains(option.name()), refusal.getMessage());
        }
    }

    @Test
    void anUnknownTargetIsRefusedByName() throws Exception {
        openFedWith(NumberedFrames.frames(0, 3)).close();
        ProcessFootprint before = ProcessFootprint.now();
        WeirException refusal = assertThrows(
                WeirException.class, () -> open(unknownTarget(), options()).close());
        assertOneLine(refusal);
        assertTrue(refusal.getMessage().contains(unknownTarget()), refusal.getMessage());
        ProcessFootprint after = ProcessFootprint.settled(before);
        assertTrue(after.isWithin(before), "before " + before + ", after " + after);
    }

    private static void assertOneLine(WeirException refusal) {
        assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
        assertFalse(refusal.getMessage().isBlank());
    }
}
