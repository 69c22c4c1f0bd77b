package dev.weir.xdp;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.spi.Options;
import dev.weir.xdp.filter.Steering;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The options of a capture or a transmitter, parsed.
 *
 * @param queues which receive queues
 * @param mode what is asked for; null for the best that works
 * @param bridge what is accepted goes out by the other interface
 * @param frames of each queue; 0: what the pipeline may hold, and what reception needs
 * @param frameSizeBytes 2,048 or 4,096
 * @param ringSize entries of RX and TX rings, a power of two; 0: what {@link #forQueues} finds good
 * @param sharedUmem one umem for all queues
 * @param multiBuffer packets larger than a frame; null: where the interface's MTU asks for it
 * @param coalesceNs how long packets may gather under load; 0: each wakes
 * @param busyPollUs 0 for none
 * @param steering which packets are taken from the kernel
 */
record Settings(
        QueueSelection queues,
        Mode mode,
        boolean bridge,
        int frames,
        int frameSizeBytes,
        int ringSize,
        boolean sharedUmem,
        Boolean multiBuffer,
        boolean hugePages,
        long coalesceNs,
        int busyPollUs,
        int busyPollBudget,
        Steering steering) {
    private static final String QUEUES = "queues";
    private static final String QUEUE = "queue";
    private static final String MODE = "mode";
    private static final String BRIDGE = "bridge";
    private static final String FRAMES = "frames";
    private static final String FRAME_SIZE = "frame-size";
    private static final String RING = "ring";
    private static final String SHARED_UMEM = "shared-umem";
    private static final String MULTI_BUFFER = "multi-buffer";
    private static final String HUGE_PAGES = "huge-pages";
    private static final String COALESCE = "coalesce";
    private static final String BUSY_POLL = "busy-poll";
    private static final String BUSY_POLL_BUDGET = "busy-poll-budget";
    private static final String STEER = "steer";

    private static final int MAX_FRAMES = 1 << 19;
    private static final int MAX_RING = 1 << 15;

    /** A processor may be taken from us for tens of milliseconds: 16,384 packets are 40 ms at 400,000 a second. */
    private static final int RING_BY_ITSELF = 1 << 14;

    private static final int LEAST_RING_BY_ITSELF = 1 << 11;

    /** Entries of the RX rings of all queues together that are taken unasked: 64 MiB of frames. */
    private static final int ALL_RINGS_BY_THEMSELVES = 1 << 15;

    /** A bridge has as many frames again on their way out, and both for two interfaces. */
    private static final int BRIDGE_SHARE = 4;

    private static final Duration BUSY_POLL_MAX = Duration.ofMillis(10);
    private static final Duration COALESCE_MAX = Duration.ofMillis(10);
    private static final Duration COALESCE_BY_ITSELF = Duration.ofNanos(500_000);

    /** For captures and transmitters. */
    private static final List<OptionSpec> OF_BOTH = List.of(
            new OptionSpec(
                    MODE,
                    "auto, zero-copy, native or generic",
                    "auto",
                    "zero-copy: the driver writes into our memory; native: the driver runs the program and the kernel"
                            + " copies; generic: any driver. auto takes the best that works."),
            new OptionSpec(FRAME_SIZE, "2K or 4K", "2K", "Bytes of a frame; 256 of them are the kernel's."),
            new OptionSpec(
                    RING,
                    "auto, or 64 to 32768, a power of two",
                    "auto",
                    "Entries of each RX and TX ring. auto: 16384 to receive by one queue or two, fewer for each of more,"
                            + " a quarter on a bridge; 2048 at least, to send, and where frames= is given."),
            new OptionSpec(
                    MULTI_BUFFER,
                    "true, false or auto",
                    "auto",
                    "Packets larger than a frame, in several (Linux 6.6); auto where the interface's MTU asks for it."),
            new OptionSpec(
                    HUGE_PAGES,
                    "true or false",
                    "false",
                    "Frames in huge pages of 2 MiB, which `sysctl vm.nr_hugepages` sets aside."));

    private static final List<OptionSpec> OF_A_CAPTURE = List.of(
            new OptionSpec(
                    STEER,
                    Steering.ALLOWED,
                    "all",
                    "Which packets to take; the others go to the kernel's stack. An entry with ! before it is for the"
                            + " kernel; the longest prefix counts."),
            new OptionSpec(
                    QUEUES,
                    "all, or receive queues such as 0 or 0-3,6",
                    "all",
                    "Which receive queues of the interface; the others go to the kernel's stack."),
            new OptionSpec(
                    BRIDGE,
                    "true or false",
                    "false",
                    "With two interfaces, eth0,eth1: what comes in by one and is accepted goes out by the other."),
            new OptionSpec(
                    FRAMES,
                    "auto, or a number up to " + MAX_FRAMES,
                    "auto",
                    "Frames of each queue; auto has what the pipeline may hold beside those that reception needs."),
            new OptionSpec(
                    SHARED_UMEM, "true or false", "false", "One region of memory for all queues instead of one each."),
            new OptionSpec(
                    COALESCE,
                    "auto, off, or a time up to 10ms",
                    "auto",
                    "How long packets may gather while they come densely, for fewer wake-ups; a packet that comes alone"
                            + " wakes at once. auto: 500us, off on a bridge and with busy-poll."),
            new OptionSpec(
                    BUSY_POLL,
                    "off, or a time up to 10ms",
                    "off",
                    "How long a system call of ours works for the driver, instead of interrupts; costs a processor."),
            new OptionSpec(BUSY_POLL_BUDGET, "1 to 512", "64", "Packets of one busy poll."));

    private static final List<OptionSpec> OF_A_TRANSMITTER = List.of(new OptionSpec(
            QUEUE,
            "0 to 65535",
            "0",
            "For transmitters: the queue to send by; a capture that is open on it has it for itself."));

    /** How packets get into our memory. */
    enum Mode {
        ZERO_COPY,
        NATIVE,
        GENERIC
    }

    static List<OptionSpec> specs() {
        List<OptionSpec> all = new ArrayList<>(OF_A_CAPTURE);
        all.addAll(OF_BOTH);
        all.addAll(OF_A_TRANSMITTER);
        return List.copyOf(all);
    }

    static Settings ofCapture(Options options) {
        refuse(options, OF_A_TRANSMITTER, "is for transmitters");
        int frames = options.text(FRAMES).equals("auto") ? 0 : options.integer(FRAMES, 1, MAX_FRAMES);
        return parse(
                options,
                QueueSelection.parse(options, QUEUES),
                options.flag(BRIDGE),
                frames,
                options.flag(SHARED_UMEM),
                busyPollUs(options));
    }

    static Settings ofTransmitter(Options options) {
        refuse(options, OF_A_CAPTURE, "is for captures");
        return parse(options, QueueSelection.of(options.integer(QUEUE, 0, 65_535)), false, 0, false, 0)
                .withRing(LEAST_RING_BY_ITSELF);
    }

    /** These, with the size of the rings where that was left open. */
    Settings forQueues(int count) {
        if (frames > 0) {
            return withRing(LEAST_RING_BY_ITSELF); // the rest of them is for packets that are held
        }
        int share = Integer.highestOneBit(ALL_RINGS_BY_THEMSELVES / count);
        int ring = Math.min(RING_BY_ITSELF, share) / (bridge ? BRIDGE_SHARE : 1);
        return withRing(Math.max(LEAST_RING_BY_ITSELF, ring));
    }

    private Settings withRing(int size) {
        return ringSize > 0
                ? this
                : new Settings(
                        queues,
                        mode,
                        bridge,
                        frames,
                        frameSizeBytes,
                        size,
                        sharedUmem,
                        multiBuffer,
                        hugePages,
                        coalesceNs,
                        busyPollUs,
                        busyPollBudget,
                        steering);
    }

    private static Settings parse(
            Options options, QueueSelection queues, boolean bridge, int frames, boolean sharedUmem, int busyPollUs) {
        int frameSize = (int) options.sizeBytes(FRAME_SIZE, 2048, 4096);
        if (Integer.bitCount(frameSize) != 1) {
            throw options.refused(FRAME_SIZE, options.text(FRAME_SIZE));
        }
        int ring = options.text(RING).equals("auto") ? 0 : options.integer(RING, 64, MAX_RING);
        if (Integer.bitCount(ring) > 1) {
            throw options.refused(RING, options.text(RING));
        }
        if ((long) frames * frameSize > Integer.MAX_VALUE) {
            throw options.refused(FRAMES, options.text(FRAMES) + " of " + frameSize + " bytes");
        }
        return new Settings(
                queues,
                switch (options.choice(MODE, "auto", "zero-copy", "native", "generic")) {
                    case "zero-copy" -> Mode.ZERO_COPY;
                    case "native" -> Mode.NATIVE;
                    case "generic" -> Mode.GENERIC;
                    default -> null;
                },
                bridge,
                frames,
                frameSize,
                ring,
                sharedUmem,
                options.text(MULTI_BUFFER).equals("auto") ? null : (Boolean) options.flag(MULTI_BUFFER),
                options.flag(HUGE_PAGES),
                coalesceNs(options, bridge || busyPollUs > 0),
                busyPollUs,
                options.integer(BUSY_POLL_BUDGET, 1, 512),
                Steering.of(options, STEER));
    }

    private static long coalesceNs(Options options, boolean latencyCounts) {
        return switch (options.text(COALESCE)) {
            case "off" -> 0;
            case "auto" -> latencyCounts ? 0 : COALESCE_BY_ITSELF.toNanos();
            default ->
                options.duration(COALESCE, Duration.ofNanos(1000), COALESCE_MAX).toNanos();
        };
    }

    private static int busyPollUs(Options options) {
        return options.text(BUSY_POLL).equals("off")
                ? 0
                : (int) (options.duration(BUSY_POLL, Duration.ofNanos(1000), BUSY_POLL_MAX)
                                .toNanos()
                        / 1000);
    }

    private static void refuse(Options options, List<OptionSpec> misplaced, String why) {
        for (OptionSpec spec : misplaced) {
            if (options.isSet(spec.name())) {
                throw new WeirException("xdp option " + spec.name() + " " + why);
            }
        }
    }
}
