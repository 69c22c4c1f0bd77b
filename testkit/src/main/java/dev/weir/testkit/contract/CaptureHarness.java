package dev.weir.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Loss;
import dev.weir.Verdict;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** What a backend says about itself for the contract, and the capture that is tested. */
abstract class CaptureHarness {
    static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    static final long LONG_NS = TimeUnit.MINUTES.toNanos(1);
    static final int IN_FLIGHT = 1_000;

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

    // The capture under test

    final Opened openFedWith(List<byte[]> frames) throws Exception {
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

    final Opened open(Map<String, String> options) throws Exception {
        return open(target(), options);
    }

    final Opened open(String target, Map<String, String> options) throws Exception {
        CaptureProvider provider = provider();
        CaptureRequest request = new CaptureRequest(
                target, Options.of(provider.name(), provider.options(), options), IN_FLIGHT, Long.MAX_VALUE);
        return new Opened(inside(() -> provider.open(request)));
    }

    static long epochNs() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** A task of another thread, which may fail. */
    interface Task {
        void run() throws Exception;
    }

    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    final Thread inThread(Task task) {
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

    final void join(Thread thread) throws InterruptedException {
        thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NS));
        assertFalse(thread.isAlive(), "the helper thread ended");
        if (failure.get() != null) {
            throw new AssertionError("the helper thread failed", failure.get());
        }
    }

    static final class Opened implements AutoCloseable {
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

        void accept(Slot slot) {
            queue.verdict(slot, Verdict.ACCEPT);
        }

        void finish(Slot slot) {
            accept(slot);
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
