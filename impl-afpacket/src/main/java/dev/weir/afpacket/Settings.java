package dev.weir.afpacket;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.linux.IfEther;
import dev.weir.spi.Options;
import dev.weir.spi.PacketMark;
import java.time.Duration;
import java.util.List;

/**
 * The options of a capture, parsed.
 *
 * @param queues how many sockets share the traffic
 * @param fanout how they share it
 * @param lowLatency TPACKET_V2 instead of V3
 * @param blockSizeBytes a power of two
 * @param blocks of each queue
 * @param frameSizeBytes of a TPACKET_V2 ring, a power of two
 * @param retireTimeoutMs after which a TPACKET_V3 block with packets in it is handed over
 * @param coalesceNs how long packets may gather while they come densely; 0: each block wakes
 * @param snapLengthBytes what is captured of a packet at most
 * @param ignoreOutgoing null: where a packet would be seen twice otherwise, on the loopback
 * @param hardwareTimestamps those of the network card where it gives any
 * @param filter in the language of pcap-filter(7); empty for none
 * @param mark that packets have behind tc; {@link PacketMark#NONE} for a capture in front of it
 */
record Settings(
        int queues,
        Fanout fanout,
        boolean lowLatency,
        int blockSizeBytes,
        int blocks,
        int frameSizeBytes,
        int retireTimeoutMs,
        long coalesceNs,
        int snapLengthBytes,
        boolean promiscuous,
        Boolean ignoreOutgoing,
        boolean hardwareTimestamps,
        String filter,
        PacketMark mark) {
    /** What tcpdump and Wireshark call "all of it". */
    static final int WHOLE_PACKET_BYTES = 262_144;

    private static final int SNAP_LENGTH_MIN_BYTES = 64;
    private static final int MAX_QUEUES = 64;
    private static final int BLOCK_SIZE_MIN_BYTES = 64 << 10;
    private static final int BLOCK_SIZE_MAX_BYTES = 64 << 20;
    private static final int FRAME_SIZE_MIN_BYTES = 256;
    private static final int FRAME_SIZE_MAX_BYTES = 64 << 10;
    private static final int MAX_BLOCKS = 65_536;
    private static final Duration RETIRE_TIMEOUT_MAX = Duration.ofSeconds(10);
    private static final Duration COALESCE_MAX = Duration.ofMillis(100);

    /** Retire timeouts that packets gather by itself. */
    private static final int COALESCED_BLOCKS = 4;

    private static final String QUEUES = "queues";
    private static final String FANOUT = "fanout";
    private static final String LATENCY = "latency";
    private static final String COALESCE = "coalesce";
    private static final String BLOCK_SIZE = "block-size";
    private static final String BLOCKS = "blocks";
    private static final String FRAME_SIZE = "frame-size";
    private static final String RETIRE_TIMEOUT = "retire-timeout";
    private static final String SNAP_LENGTH = "snaplen";
    private static final String PROMISCUOUS = "promiscuous";
    private static final String IGNORE_OUTGOING = "ignore-outgoing";
    private static final String TIMESTAMP = "timestamp";
    private static final String FILTER = "filter";
    private static final String MARK = "mark";
    private static final String QDISC_BYPASS = "qdisc-bypass";

    private static final List<OptionSpec> OF_A_CAPTURE = List.of(
            new OptionSpec(
                    FILTER,
                    "an expression as in pcap-filter(7)",
                    "",
                    "Which packets to take; decided in the kernel. Needs libpcap installed."),
            new OptionSpec(
                    MARK,
                    PacketMark.ALLOWED,
                    "",
                    "Take received IPv4 and IPv6 packets that have this mark behind tc, which a filter such as"
                            + " bpf:tun0?steer= sets, and none that tc dropped. VLAN tags are gone there."),
            new OptionSpec(
                    SNAP_LENGTH,
                    "64 to 256K bytes",
                    "256K",
                    "How many bytes of a packet to capture; less makes the ring hold more packets."),
            new OptionSpec(
                    PROMISCUOUS,
                    "true or false",
                    "false",
                    "Take frames that are addressed to other hosts too, as long as the capture is open."),
            new OptionSpec(
                    IGNORE_OUTGOING,
                    "true, false or auto",
                    "auto",
                    "Leave out what this host sends; auto does so on the loopback, where each packet would come twice."),
            new OptionSpec(
                    QUEUES,
                    "1 to " + MAX_QUEUES,
                    "1",
                    "How many queues share the traffic, each with a ring of its own."),
            new OptionSpec(
                    FANOUT,
                    "hash, cpu or rr",
                    "hash",
                    "How queues share it: hash keeps both directions of a flow together and reassembles IPv4 fragments"
                            + " first, cpu goes by the processor that received the packet, rr takes turns."),
            new OptionSpec(
                    LATENCY,
                    "normal or low",
                    "normal",
                    "low hands over each packet at once (TPACKET_V2) instead of a block of them (TPACKET_V3): for"
                            + " little traffic, at several times the CPU and with room for fewer packets."),
            new OptionSpec(
                    RETIRE_TIMEOUT,
                    "1ms to 10s, in whole milliseconds",
                    "10ms",
                    "How long a block that is not full waits for more packets; not with latency=low."),
            new OptionSpec(
                    COALESCE,
                    "auto, off, or a time from 1ms to 100ms",
                    "auto",
                    "How long packets may gather while they come densely, 4,096 or more in that time, for fewer wake-ups;"
                            + " an eighth of the ring at most. auto: four times retire-timeout, 100ms at most."),
            new OptionSpec(
                    BLOCK_SIZE,
                    "64K to 64M, a power of two",
                    "1M",
                    "Size of a block of the ring; a packet must fit into one. Each block costs one wake-up: small ones"
                            + " cost more than the packets in them."),
            new OptionSpec(
                    BLOCKS,
                    "2 to " + MAX_BLOCKS + "; all blocks of a queue below 2G",
                    "32",
                    "How many blocks the ring of each queue has."),
            new OptionSpec(
                    FRAME_SIZE,
                    "256 to 64K, a power of two",
                    "2K",
                    "With latency=low, bytes of the ring for each packet; a larger packet costs a system call and a copy."),
            new OptionSpec(
                    TIMESTAMP,
                    "kernel or hardware",
                    "kernel",
                    "hardware takes the network card's time where it stamps packets, else the kernel's."));

    private static final List<OptionSpec> OF_A_TRANSMITTER = List.of(new OptionSpec(
            QDISC_BYPASS,
            "true or false",
            "false",
            "For transmitters: go to the driver without queueing, so that a full device drops instead of waiting."));

    /** How queues share the traffic. */
    enum Fanout {
        HASH,
        CPU,
        RR
    }

    static List<OptionSpec> specs() {
        return java.util.stream.Stream.concat(OF_A_CAPTURE.stream(), OF_A_TRANSMITTER.stream())
                .toList();
    }

    static Settings ofCapture(Options options) {
        refuse(options, OF_A_TRANSMITTER, "is for transmitters");
        boolean lowLatency = options.choice(LATENCY, "normal", "low").equals("low");
        if (lowLatency && options.isSet(RETIRE_TIMEOUT)) {
            throw new WeirException("afpacket option retire-timeout: with latency=low there are no blocks to wait for;"
                    + " give one or the other");
        }
        if (lowLatency && options.isSet(COALESCE)) {
            throw new WeirException(
                    "afpacket option coalesce: with latency=low packets come at once; give one or the other");
        }
        if (!lowLatency && options.isSet(FRAME_SIZE)) {
            throw new WeirException("afpacket option frame-size: packets of a block take what they need;"
                    + " it goes with latency=low, else see block-size");
        }
        int blockSize = powerOfTwo(options, BLOCK_SIZE, BLOCK_SIZE_MIN_BYTES, BLOCK_SIZE_MAX_BYTES);
        int blocks = options.integer(BLOCKS, 2, MAX_BLOCKS);
        if ((long) blockSize * blocks > Integer.MAX_VALUE) {
            throw options.refused(BLOCKS, options.text(BLOCKS));
        }
        Duration retire = options.duration(RETIRE_TIMEOUT, Duration.ofMillis(1), RETIRE_TIMEOUT_MAX);
        if (retire.toNanosPart() % 1_000_000 != 0) {
            throw options.refused(RETIRE_TIMEOUT, options.text(RETIRE_TIMEOUT));
        }
        return new Settings(
                options.integer(QUEUES, 1, MAX_QUEUES),
                switch (options.choice(FANOUT, "hash", "cpu", "rr")) {
                    case "cpu" -> Fanout.CPU;
                    case "rr" -> Fanout.RR;
                    default -> Fanout.HASH;
                },
                lowLatency,
                blockSize,
                blocks,
                powerOfTwo(options, FRAME_SIZE, FRAME_SIZE_MIN_BYTES, FRAME_SIZE_MAX_BYTES),
                (int) retire.toMillis(),
                lowLatency ? 0 : coalesceNs(options, retire),
                (int) options.sizeBytes(SNAP_LENGTH, SNAP_LENGTH_MIN_BYTES, WHOLE_PACKET_BYTES),
                options.flag(PROMISCUOUS),
                options.text(IGNORE_OUTGOING).equals("auto") ? null : (Boolean) options.flag(IGNORE_OUTGOING),
                options.choice(TIMESTAMP, "kernel", "hardware").equals("hardware"),
                options.text(FILTER).strip(),
                PacketMark.of(options, MARK));
    }

    private static long coalesceNs(Options options, Duration retire) {
        return switch (options.text(COALESCE)) {
            case "off" -> 0;
            case "auto" -> Math.min(retire.multipliedBy(COALESCED_BLOCKS).toNanos(), COALESCE_MAX.toNanos());
            default ->
                options.duration(COALESCE, Duration.ofMillis(1), COALESCE_MAX).toNanos();
        };
    }

    /**
     * What the sockets are bound to. Those for every protocol see packets before tc does; the mark that tc gives is
     * seen by those for one protocol alone.
     */
    int[] etherTypes() {
        return mark.isNone() ? new int[] {IfEther.ETH_P_ALL} : new int[] {IfEther.ETH_P_IP, IfEther.ETH_P_IPV6};
    }

    /** Each with a ring, and a queue of the capture. */
    int sockets() {
        return queues * etherTypes().length;
    }

    /** The one option of a transmitter. */
    static boolean qdiscBypass(Options options) {
        refuse(options, OF_A_CAPTURE, "is for captures");
        return options.flag(QDISC_BYPASS);
    }

    boolean wholePackets() {
        return snapLengthBytes >= WHOLE_PACKET_BYTES;
    }

    int ringBytes() {
        return blockSizeBytes * blocks;
    }

    /** Of a TPACKET_V2 ring. */
    int frames() {
        return ringBytes() / frameSizeBytes;
    }

    private static int powerOfTwo(Options options, String name, int least, int most) {
        int value = (int) options.sizeBytes(name, least, most);
        if (Integer.bitCount(value) != 1) {
            throw options.refused(name, options.text(name));
        }
        return value;
    }

    private static void refuse(Options options, List<OptionSpec> misplaced, String why) {
        for (OptionSpec spec : misplaced) {
            if (options.isSet(spec.name())) {
                throw new WeirException("afpacket option " + spec.name() + " " + why);
            }
        }
    }
}
