package dev.weir.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import dev.weir.LinkType;
import dev.weir.Loss;
import dev.weir.OptionSpec;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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
public abstract class CaptureContract {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long LONG_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int IN_FLIGHT = 1_000;

    /** For backends' tests. */
    protected CaptureContract() {}

    // What a backend says about itself

    /** A new provider, as {@link java.util.ServiceLoader} would make it. */
    protected abstract CaptureProvider provider();

    /** What the capture is opened on; asked before each opening. */
    protected abstract String target();

    /**
     * Makes Ethernet frames arrive, in order, and returns when they are on their way. Not more than 250 are injected at
     * once while the test receives nothing, except where {@link #framesToOverflow} is tested.
     */
    protected abstract void inject(List<byte[]> frames) throws Exception;

    /** Options with which everything is tested; by default none. */
    protected Map<String, String> options() {
        return Map.of();
    }

    /** False for a source like a file: frames are injected before it is opened, and it ends after them. */
    protected boolean live() {
        return true;
    }

    /** Runs something where the capture can be opened, in a network namespace say; by default right here. */
    protected <T> T inside(Callable<T> action) throws Exception {
        return action.call();
    }

    /** Checks what the traits must say for this backend. */
    protected abstract void checkTraits(CaptureTraits traits);

    /** The link type that Ethernet frames arrive with. */
    protected int linkType() {
        return LinkType.ETHERNET;
    }

    /** How an Ethernet frame looks when it arrives; without its header, where the capture begins behind that. */
    protected byte[] arrives(byte[] frame) {
        return frame;
    }

    /** A target that does not exist. */
    protected abstract String unknownTarget();

    /** Options that take any text, so that no value is wrong. */
    protected Set<String> freeTextOptions() {
        return Set.of();
    }

    /** Options that ask for at least two queues; null where there is only one. */
    protected Map<String, String> severalQueues() {
        return null;
    }

    /** Options with which so little room is there that {@link #framesToOverflow} frames cannot all be kept. */
    protected Map<String, String> smallOptions() {
        return options();
    }

    /** How many frames make a capture with {@link #smallOptions} lose some; 0 where nothing is ever lost. */
    protected int framesToOverflow() {
        return 0;
    }

    /**
     * Numbers of the frames that went on their way after their verdict, waiting until there are {@code count}; asked
     * only of captures that carry verdicts out.
     */
    protected Set<Integer> awaitPassed(int count) throws Exception {
        throw new UnsupportedOperationException("a capture that carries verdicts out must say what passed");
    }

    // Receiving

    @Test
    void everyFrameArrivesOnceInOrderAndUnchanged() throws Exception {
        List<byte[]> frames = NumberedFrames.frames(0, 200);
        long before = epochNs();
        try (Opened opened = openFedWith(frames)) {
            List<Integer> order = new ArrayList<>();
            opened.receive(frames.size(), slot -> {
                int number = NumberedFrames.number(slot);
                order.add(number);
                byte[] expected = arrives(frames.get(number));
                assertArrayEquals(expected, slot.bytes().toByteArray());
                assertEquals(expected.length, slot.capturedLength());
                assertEquals(expected.length, slot.wireLength());
                assertEquals(linkType(), slot.linkType());
                assertEquals(opened.queue.index(), slot.queue());
                assertNotNull(slot.origin());
                assertFalse(slot.isDetached());
                if (live()) {
                    long slack = TimeUnit.SECONDS.toNanos(2);
                    assertTrue(
                            slot.timestampNs() >= before - slack && slot.timestampNs() <= epochNs() + slack,
                            "a time stamp in nanoseconds since 1970, near now, not " + slot.timestampNs());
                }
                opened.finish(slot);
            });
            List<Integer> expected = new ArrayList<>();
            for (int i = 0; i < frames.size(); i++) {
                expected.add(i);
            }
            assertEquals(expected, order);
        }
    }

    @Test
    void receiveGivesAtMostTheLimitAndNotMoreThanFits() throws Exception {
        try (Opened opened = openFedWith(NumberedFrames.frames(0, 50))) {
            Slot[] slots = new Slot[8];
            int received = 0;
            long end = System.nanoTime() + PATIENCE_NS;
            for (int turn = 0; received < 50 && System.nanoTime() < end; turn++) {
                int limit = turn % 2 == 0 ? 3 : 100;
                int count = opened.queue.receive(slots, limit);
                assertTrue(count <= Math.min(limit, slots.length), count + " slots for a limit of " + limit);
                for (int i = 0; i < count; i++) {
                    assertNotNull(slots[i], "slots are filled from 0 on");
                    received += NumberedFrames.number(slots[i]) >= 0 ? 1 : 0;
                    opened.finish(slots[i]);
                }
                opened.flushAndAwaitIfNone(count);
            }
            assertEquals(50, received);
            assertEquals(0, Math.max(0, opened.queue.receive(slots, 0)), "a limit of zero gives nothing");
        }
    }

    @Test
    void receiveDoesNotWait() throws Exception {
        if (!live()) {
            return; // a file always has something to say
        }
        try (Opened opened = open(options())) {
            opened.drain();
            long start = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                opened.giveBack(opened.queue.receive(opened.slots, opened.slots.length));
            }
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(1), "ten empty receives within a second");
        }
    }

    @Test
    void aFrameEndsTheWaitForIt() throws Exception {
        if (!live()) {
            return; // nothing arrives later at a file
        }
        try (Opened opened = open(options())) {
            opened.drain();
            Thread injector = inThread(() -> {
                Thread.sleep(30);
                inject(List.of(NumberedFrames.frame(7)));
            });
            long start = System.nanoTime();
            int found = 0;
            while (found == 0 && System.nanoTime() - start < PATIENCE_NS) {
                opened.queue.await(LONG_NS);
                int count = opened.queue.receive(opened.slots, opened.slots.length);
                for (int i = 0; i < count; i++) {
                    found += NumberedFrames.number(opened.slots[i]) == 7 ? 1 : 0;
                    opened.finish(opened.slots[i]);
                }
            }
            join(injector);
            assertEquals(1, found);
            assertTrue(
                    System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5),
                    "the frame, and not the end of the minute, ended the wait");
        }
    }

    @Test
    void awaitEndsWhenItsTimeIsOver() throws Exception {
        try (Opened opened = open(options())) {
            long start = System.nanoTime();
            opened.queue.await(0);
            opened.queue.await(TimeUnit.MILLISECONDS.toNanos(30));
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(3));
        }
    }

    @Test
    void anIdleAwaitSleeps() throws Exception {
        if (!live()) {
            return; // a file is never idle
        }
        try (Opened opened = open(options())) {
            opened.drain();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long start = System.nanoTime();
            long cpu = threads.getCurrentThreadCpuTime();
            while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(500)) {
                opened.queue.await(TimeUnit.MILLISECONDS.toNanos(100));
                opened.giveBack(opened.queue.receive(opened.slots, opened.slots.length));
            }
            cpu = threads.getCurrentThreadCpuTime() - cpu;
            assertTrue(
                    cpu < TimeUnit.MILLISECONDS.toNanos(100),
                    "half a second of waiting took " + cpu / 1_000_000 + " ms of CPU");
        }
    }

    @Test
    void wakeupEndsTheWaitNowOrTheNextOne() throws Exception {
        try (Opened opened = open(options())) {
            opened.drain();
            Thread waker = inThread(() -> {
                Thread.sleep(30);
                opened.queue.wakeup();
            });
            long start = System.nanoTime();
            opened.queue.await(LONG_NS);
            join(waker);
            // What ended the wait may have been a packet: the ring is then kept for this one.
            opened.queue.wakeup();
            opened.queue.wakeup();
            opened.queue.await(LONG_NS);
            assertTrue(System.nanoTime() - start < PATIENCE_NS, "neither wait lasted its minute");
        }
    }

    @Test
    void wakeupsAndQuestionsFromOtherThreadsDisturbNothing() throws Exception {
        List<byte[]> frames = NumberedFrames.frames(0, 2_000);
        try (Opened opened = live() ? open(options()) : openFedWith(frames)) {
            AtomicReference<Boolean> go = new AtomicReference<>(true);
            Thread waker = inThread(() -> {
                while (go.get()) {
                    opened.queue.wakeup();
                    for (Loss loss : Loss.values()) {
                        assertTrue(opened.queue.lost(loss) >= 0);
                    }
                    Thread.sleep(0, 50_000);
                }
            });
            BitSet seen = new BitSet();
            Consumer<Slot> once = slot -> {
                int number = NumberedFrames.number(slot);
                assertFalse(seen.get(number), "frame " + number + " came twice");
                seen.set(number);
                opened.finish(slot);
            };
            if (live()) {
                for (int i = 0; i < frames.size(); i += 200) {
                    inject(frames.subList(i, i + 200));
                    opened.receive(200, once);
                }
            } else {
                opened.receive(frames.size(), once);
            }
            go.set(false);
            join(waker);
            assertEquals(frames.size(), seen.cardinality());
        }
    }

    // Holding

    @Test
    void verdictsAndReleasesMayComeInAnyOrder() throws Exception {
        Random random = new Random(4711);
        try (Opened opened = live() ? open(options()) : openFedWith(NumberedFrames.frames(0, 600))) {
            for (int round = 0; round < 5; round++) {
                int first = round * 120;
                if (live()) {
                    inject(NumberedFrames.frames(first, 120));
                }
                List<Slot> held = opened.keepUpTo(120);
                assertEquals(120, new HashSet<>(held).size(), "a slot that is out is not lent again");
                Collections.shuffle(held, random);
                List<Slot> decided = new ArrayList<>();
                for (Slot slot : held) {
                    opened.verdict(slot, Verdict.ACCEPT);
                    decided.add(slot);
                    if (random.nextInt(3) == 0) {
                        Collections.shuffle(decided, random);
                        decided.forEach(opened.queue::release);
                        decided.clear();
                        opened.queue.flush();
                    }
                }
                decided.forEach(opened.queue::release);
                opened.queue.flush();
            }
        }
    }

    @Test
    void whatIsHeldKeepsItsBytesWhileOthersPass() throws Exception {
        int total = 1_200;
        try (Opened opened = live() ? open(options()) : openFedWith(NumberedFrames.frames(0, total))) {
            Map<Integer, Slot> held = new TreeMap<>();
            Consumer<Slot> holdSome = slot -> {
                int number = NumberedFrames.number(slot);
                if (number % 60 == 0) {
                    if (opened.traits().pinsMemory()) {
                        opened.detach(slot);
                    }
                    held.put(number, slot);
                } else {
                    opened.finish(slot);
                }
            };
            if (live()) {
                for (int i = 0; i < total; i += 100) {
                    inject(NumberedFrames.frames(i, 100));
                    opened.receive(100, holdSome);
                }
            } else {
                opened.receive(total, holdSome);
            }
            assertEquals(total / 60, held.size());
            held.forEach((number, slot) -> {
                assertArrayEquals(
                        arrives(NumberedFrames.frame(number)),
                        slot.bytes().toByteArray(),
                        "frame " + number + " while held");
                assertEquals(number, NumberedFrames.number(slot));
                opened.finish(slot);
            });
        }
    }

    @Test
    void upToTheBoundIsLentOutAndAfterwardsItGoesOn() throws Exception {
        int most = 5_000;
        try (Opened opened = live() ? open(smallOptions()) : openFedWith(NumberedFrames.frames(0, most))) {
            int bound = Math.min(opened.traits().maxPackets(), most - 100);
            BitSet seen = new BitSet();
            List<Slot> held = new ArrayList<>();
            Consumer<Slot> hold = slot -> {
                seen.set(NumberedFrames.number(slot));
                if (opened.traits().pinsMemory()) {
                    opened.detach(slot);
                }
                held.add(slot);
            };
            int injected = most;
            if (live()) {
                injected = 0;
                while (injected < bound) {
                    inject(NumberedFrames.frames(injected, 50));
                    injected += 50;
                    opened.receiveWhileThereAre(hold);
                }
            }
            for (int i = 0; i < 20; i++) {
                opened.receiveWhileThereAre(hold);
            }
            assertTrue(held.size() > 0);
            assertTrue(
                    held.size() <= opened.traits().maxPackets(),
                    held.size() + " are out, more than the " + opened.traits().maxPackets() + " it speaks of");
            held.forEach(opened::finish);
            opened.queue.flush();

            if (live()) {
                inject(NumberedFrames.frames(most, 50));
                int last = most + 49;
                opened.receiveUntil(
                        slot -> {
                            seen.set(NumberedFrames.number(slot));
                            opened.finish(slot);
                        },
                        () -> seen.get(last));
                opened.queue.refreshLosses();
                assertTrue(
                        seen.cardinality() + opened.lost() >= injected + 50,
                        "of " + (injected + 50) + " frames " + seen.cardinality() + " were received and "
                                + opened.lost() + " counted as lost");
            } else {
                opened.receive(most - seen.cardinality(), slot -> {
                    seen.set(NumberedFrames.number(slot));
                    opened.finish(slot);
                });
                assertEquals(most, seen.cardinality());
            }
        }
    }

    @Test
    void whatIsDetachedKeepsNothingBack() throws Exception {
        int total = 3_000;
        try (Opened opened = live() ? open(options()) : openFedWith(NumberedFrames.frames(0, total))) {
            if (!opened.traits().pinsMemory()) {
                return; // holding packets keeps nothing back here
            }
            List<Slot> held = new ArrayList<>();
            Consumer<Slot> detach = slot -> {
                opened.detach(slot);
                held.add(slot);
            };
            int bound = Math.min(total, opened.traits().maxPackets());
            if (live()) {
                for (int i = 0; i + 100 <= bound; i += 100) {
                    inject(NumberedFrames.frames(i, 100));
                    opened.receive(100, detach);
                }
            } else {
                opened.receive(bound, detach);
            }
            for (int i = 0; i < held.size(); i++) {
                assertArrayEquals(
                        arrives(NumberedFrames.frame(i)), held.get(i).bytes().toByteArray());
                opened.finish(held.get(i));
            }
        }
    }

    // Verdicts

    @Test
    void verdictsAreCarriedOutAsTheTraitsSay() throws Exception {
        try (Opened opened = openFedWith(NumberedFrames.frames(0, 100))) {
            boolean passive = opened.traits().passive();
            opened.receive(100, slot -> {
                boolean drop = NumberedFrames.number(slot) % 2 == 0;
                boolean done = opened.queue.verdict(slot, drop ? Verdict.DROP : Verdict.ACCEPT);
                assertTrue(passive || done);
                opened.queue.release(slot);
            });
            opened.queue.flush();
            if (!passive) {
                Set<Integer> odd = new HashSet<>();
                for (int i = 1; i < 100; i += 2) {
                    odd.add(i);
                }
                assertEquals(odd, awaitPassed(50));
            }
        }
    }

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

    // The capture under test

    private Opened openFedWith(List<byte[]> frames) throws Exception {
        if (!live()) {
            inject(frames);
            return open(options());
        }
        Opened opened = open(options());
        try {
            inject(frames);
            return opened;
        } catch (Exception | Error e) {
            opened.close();
            throw e;
        }
    }

    private Opened open(Map<String, String> options) throws Exception {
        return open(target(), options);
    }

    private Opened open(String target, Map<String, String> options) throws Exception {
        CaptureProvider provider = provider();
        CaptureRequest request = new CaptureRequest(
                target, Options.of(provider.name(), provider.options(), options), IN_FLIGHT, Long.MAX_VALUE);
        return new Opened(inside(() -> provider.open(request)));
    }

    private static long epochNs() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** A task of another thread, which may fail. */
    private interface Task {
        void run() throws Exception;
    }

    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private Thread inThread(Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                },
                "contract helper");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void join(Thread thread) throws InterruptedException {
        thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
        assertFalse(thread.isAlive(), "the helper thread ended");
        if (failure.get() != null) {
            throw new AssertionError("the helper thread failed", failure.get());
        }
    }

    private static final class Opened implements AutoCloseable {
        final CaptureSource source;
        final CaptureQueue queue;
        final Slot[] slots = new Slot[64];
        boolean ended;

        Opened(CaptureSource source) {
            this.source = source;
            this.queue = source.queues().get(0);
        }

        CaptureTraits traits() {
            return source.traits();
        }

        void verdict(Slot slot, Verdict verdict) {
            boolean done = queue.verdict(slot, verdict);
            assertTrue(done || traits().passive(), "the verdict was refused");
        }

        void finish(Slot slot) {
            queue.verdict(slot, Verdict.ACCEPT);
            queue.release(slot);
        }

        void detach(Slot slot) {
            slot.detach();
            queue.detach(slot);
        }

        long lost() {
            long sum = 0;
            for (Loss loss : Loss.values()) {
                sum += queue.lost(loss);
            }
            return sum;
        }

        void giveBack(int count) {
            for (int i = 0; i < count; i++) {
                finish(slots[i]);
            }
            queue.flush();
        }

        void drain() {
            for (int i = 0; i < 5; i++) {
                queue.await(0);
                giveBack(queue.receive(slots, slots.length));
            }
        }

        void flushAndAwaitIfNone(int count) {
            queue.flush();
            if (count == 0) {
                queue.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }

        /** Hands numbered frames that are there to {@code action}; true when there were packets at all. */
        boolean receiveOnce(int limit, Consumer<Slot> action) {
            int count = queue.receive(slots, Math.min(limit, slots.length));
            if (count == CaptureQueue.END) {
                ended = true;
                return false;
            }
            for (int i = 0; i < count; i++) {
                if (NumberedFrames.number(slots[i]) >= 0) {
                    action.accept(slots[i]);
                } else {
                    finish(slots[i]);
                }
            }
            queue.flush();
            return count > 0;
        }

        /** Until nothing comes for a few milliseconds. */
        void receiveWhileThereAre(Consumer<Slot> action) {
            int empty = 0;
            while (empty < 2 && !ended) {
                if (receiveOnce(slots.length, action)) {
                    empty = 0;
                } else {
                    queue.await(TimeUnit.MILLISECONDS.toNanos(5));
                    empty++;
                }
            }
        }

        /** Until the condition holds, the source has ended, or patience is over. */
        void receiveUntil(Consumer<Slot> action, java.util.function.BooleanSupplier condition) {
            long end = System.nanoTime() + PATIENCE_NS;
            while (!condition.getAsBoolean() && !ended && System.nanoTime() < end) {
                if (!receiveOnce(slots.length, action) && !ended) {
                    queue.await(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
        }

        /** Exactly so many numbered frames. */
        void receive(int count, Consumer<Slot> action) {
            int[] received = {0};
            long end = System.nanoTime() + PATIENCE_NS;
            while (received[0] < count && !ended && System.nanoTime() < end) {
                boolean some = receiveOnce(count - received[0], slot -> {
                    received[0]++;
                    action.accept(slot);
                });
                if (!some && !ended) {
                    queue.await(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
            assertEquals(count, received[0], "frames received" + (ended ? " before the end" : ""));
        }

        List<Slot> keepUpTo(int count) {
            List<Slot> kept = new ArrayList<>();
            receive(count, kept::add);
            return kept;
        }

        /** As {@link #receive} in a way that allocates nothing itself. */
        void receiveAndFinish(int count) {
            int received = 0;
            long end = System.nanoTime() + PATIENCE_NS;
            while (received < count && System.nanoTime() < end) {
                int some = queue.receive(slots, Math.min(slots.length, count - received));
                for (int i = 0; i < some; i++) {
                    received += NumberedFrames.number(slots[i]) >= 0 ? 1 : 0;
                    queue.verdict(slots[i], Verdict.ACCEPT);
                    queue.release(slots[i]);
                }
                queue.flush();
                if (some == 0) {
                    queue.await(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
            assertTrue(received >= count);
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
