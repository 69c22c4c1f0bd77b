package dev.weir.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What becomes of packets that are lent out: held, detached, decided. */
abstract class LendingContract extends ReceivingContract {
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
    void aQueueThatDispatchesHandsOverWhatItWouldLend() throws Exception {
        int total = 1_200;
        try (Opened opened = live() ? open(options()) : openFedWith(NumberedFrames.frames(0, total))) {
            if (!opened.queue.dispatches()) {
                return; // its packets are received
            }
            List<Integer> handed = new ArrayList<>();
            Map<Integer, Slot> kept = new TreeMap<>();
            PacketSink keepSome = slot -> {
                int number = NumberedFrames.number(slot);
                handed.add(number);
                assertArrayEquals(
                        arrives(NumberedFrames.frame(number)), slot.bytes().toByteArray());
                if (number % 60 != 0) {
                    opened.accept(slot);
                    return PacketSink.Answer.DONE;
                }
                if (opened.traits().pinsMemory()) {
                    opened.detach(slot);
                }
                kept.put(number, slot);
                return PacketSink.Answer.KEPT;
            };
            for (int i = 0; i < total; i += 100) {
                if (live()) {
                    inject(NumberedFrames.frames(i, 100));
                }
                while (handed.size() < i + 100) {
                    int most = i + 100 - handed.size();
                    int now = opened.queue.dispatch(keepSome, most);
                    assertTrue(now >= 0 && now <= most, now + " of at most " + most);
                    if (now == 0) {
                        opened.queue.await(PATIENCE_NS);
                    }
                }
            }
            for (int i = 0; i < total; i++) {
                assertEquals(i, handed.get(i));
            }
            kept.forEach((number, slot) -> {
                assertArrayEquals(
                        arrives(NumberedFrames.frame(number)),
                        slot.bytes().toByteArray(),
                        "frame " + number + ", kept");
                opened.finish(slot);
            });
            assertEquals(0, opened.queue.dispatch(keepSome, 0));
            if (live()) {
                inject(NumberedFrames.frames(total, 1));
                IllegalStateException bug = new IllegalStateException("as a bug would");
                PacketSink broken = slot -> {
                    opened.accept(slot);
                    throw bug;
                };
                assertSame(bug, assertThrows(IllegalStateException.class, () -> {
                    while (opened.queue.dispatch(broken, 1) == 0) {
                        opened.queue.await(PATIENCE_NS);
                    }
                }));
            }
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
}
