package dev.weir.testkit.wrap;

import dev.weir.Verdict;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Drives a wrapped capture as the engine would. */
final class Bench {
    private Bench() {}

    static CaptureSource open(CaptureProvider provider, String name) {
        return provider.open(new CaptureRequest(
                name.substring(name.indexOf(':') + 1),
                Options.of(provider.name(), provider.options(), Map.of()),
                1_000,
                Long.MAX_VALUE));
    }

    /** Receives to the end and accepts everything; the numbers of the frames in order. */
    static List<Integer> acceptAll(CaptureQueue queue) {
        List<Integer> numbers = new ArrayList<>();
        Slot[] slots = new Slot[7];
        int count;
        while ((count = queue.receive(slots, slots.length)) != CaptureQueue.END) {
            for (int i = 0; i < count; i++) {
                numbers.add(NumberedFrames.number(slots[i]));
                queue.verdict(slots[i], Verdict.ACCEPT);
                queue.release(slots[i]);
            }
            queue.flush();
            if (count == 0) {
                queue.await(1_000_000_000L);
            }
        }
        return numbers;
    }
}
