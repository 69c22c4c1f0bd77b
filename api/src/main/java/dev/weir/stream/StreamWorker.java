package dev.weir.stream;

import java.util.Arrays;

/** What one thread needs to classify streams, whatever flow it is asked about. */
final class StreamWorker {
    final StreamOptions options;
    final Counters counters = new Counters();
    final ReassemblyMemory memory;
    final Defragmenter defragmenter;
    final Questions questions;
    final SegmentReader reader;

    /** Conversations that ended, for the next ones. */
    private Conversation[] spare = new Conversation[16];

    private int spareCount;

    StreamWorker(StreamInspector inspector, StreamOptions options) {
        this.options = options;
        questions = new Questions(inspector, options, counters);
        reader = new SegmentReader(options, counters, questions);
        memory = new ReassemblyMemory(options.memoryBytes(), counters, Counter.USED_BYTES, Counter.MEMORY_BYTES);
        defragmenter = new Defragmenter(FragmentLimits.DEFAULT, counters);
    }

    Conversation take() {
        if (spareCount == 0) {
            return new Conversation(this);
        }
        Conversation conversation = spare[--spareCount];
        spare[spareCount] = null;
        return conversation;
    }

    void give(Conversation conversation) {
        if (spareCount == spare.length) {
            spare = Arrays.copyOf(spare, 2 * spareCount);
        }
        spare[spareCount++] = conversation;
    }
}
