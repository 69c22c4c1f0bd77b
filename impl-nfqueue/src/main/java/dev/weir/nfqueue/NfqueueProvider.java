package dev.weir.nfqueue;

import dev.weir.OptionSpec;
import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.Rights;
import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.linux.netlink.NetlinkWriter;
import dev.weir.spi.Availability;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens {@code nfqueue:0}, {@code nfqueue:0-3}. */
public final class NfqueueProvider implements CaptureProvider {
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
    private static final int NUMBER_MAX = 65_535;
    private static final int QUEUES_MAX = 256;
    private static final long PROBE_TIMEOUT_NS = 2_000_000_000L;

    private static final int SPIN_MAX_MICROS = 1_000;
    private static final String MARK = "0 to 4294967295, also as 0x1f";

    private static final List<OptionSpec> OPTIONS = List.of(
            new OptionSpec(
                    "queue-length",
                    "auto, or 1 to 1000000 packets",
                    "auto",
                    "packets without a verdict, in the kernel and here together; auto: four times what may be in flight,"
                            + " with fail-open more than the receive buffer holds, so that all that passes is counted"),
            new OptionSpec(
                    "copy-range",
                    "68 to 65531 bytes",
                    "65531",
                    "how much of each packet is copied; the rest is not seen"),
            new OptionSpec(
                    "receive-buffer", "64KiB to 1GiB", "64MiB", "the socket's buffer, in which packets wait for us"),
            new OptionSpec(
                    "fail-open",
                    "true or false",
                    "false",
                    "packets pass when queue or buffer are full, and at the stop"),
            new OptionSpec(
                    "gso",
                    "true or false",
                    "true",
                    "large packets come unsegmented, up to 64 KB, perhaps with checksums still to be completed"),
            new OptionSpec("uid-gid", "true or false", "false", "tell the user and group of the sender, where known"),
            new OptionSpec(
                    "timestamp",
                    "kernel or receive",
                    "receive",
                    "when a packet was seen: kernel, when it came in by an interface (not at OUTPUT and POSTROUTING), for"
                            + " which the kernel reads its clock for each packet of the host; receive, when it was read"
                            + " from the queue"),
            new OptionSpec(
                    "spin",
                    "0 to 1000 microseconds",
                    "100",
                    "how long its thread looks for the next packet before it sleeps, as long as packets come closer than"
                            + " that and no other thread has to wait for the processor; 0: it sleeps at once"),
            new OptionSpec(
                    "verdict-thread",
                    "true or false",
                    "true",
                    "carry verdicts out on a second thread while small packets have piled up, a thousand of them and more:"
                            + " half as many packets again in the same time, for a second processor; without one there is"
                            + " no such thread"),
            new OptionSpec(
                    "conntrack",
                    "true or false",
                    "false",
                    "ask the kernel for connection tracking state; packets do not show it yet"),
            new OptionSpec(
                    "accept-mark",
                    MARK,
                    "0",
                    "the mark of a packet whose whole flow is accepted, for a later rule to save to the conntrack mark;"
                            + " 0: none"),
            new OptionSpec(
                    "drop-mark",
                    MARK,
                    "0",
                    "the mark with which a packet whose whole flow is dropped goes to the first rule again, to be saved"
                            + " to the conntrack mark and dropped there; 0: it is dropped at once"),
            new OptionSpec(
                    "reject-rate",
                    "0 to 1000000 answers a second",
                    "10000",
                    "how many senders of rejected packets are told, by each queue; the rest are only dropped"),
            new OptionSpec(
                    "reject-mark", MARK, "0x57524a54", "the mark that answers to rejected packets carry; 0: none"));

    private static final String RAW_SOCKETS = "senders of rejected packets cannot be told: ";

    /** For {@link java.util.ServiceLoader}. */
    public NfqueueProvider() {}

    @Override
    public String name() {
        return "nfqueue";
    }

    @Override
    public String description() {
        return "packets that iptables -j NFQUEUE queues, inline, by queue number";
    }

    @Override
    public List<OptionSpec> options() {
        return OPTIONS;
    }

    @Override
    public Availability probe() {
        try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_NETFILTER, "nfnetlink_queue")) {
            NetlinkWriter question = new NetlinkWriter(64);
            QueueConfig.writeProbe(question, socket.nextSequence());
            socket.execute("probe", question, answer -> {}, PROBE_TIMEOUT_NS);
            return Availability.YES;
        } catch (LinuxException e) {
            return switch (e.errno()) {
                case Errno.EPERM ->
                    Availability.no("needs CAP_NET_ADMIN: " + Rights.advice(Rights.Capability.CAP_NET_ADMIN));
                case Errno.EINVAL, Errno.EPROTONOSUPPORT ->
                    Availability.no("the kernel has no packet queues (CONFIG_NETFILTER_NETLINK_QUEUE)");
                default -> Availability.unknown(e.getMessage());
            };
        }
    }

    @Override
    public CaptureSource open(CaptureRequest request) {
        int[] range = range(request.target());
        Options options = request.options();
        QueueOptions asked = queueOptions(options, request.inFlightPackets());
        int rejectMark = options.unsigned32("reject-mark");
        int rejectRate = options.integer("reject-rate", 0, 1_000_000);
        List<NfqueueQueue> opened = new ArrayList<>();
        String noRejects = "";
        try {
            for (int number = range[0]; number <= range[1]; number++) {
                Rejector rejector = null;
                try {
                    rejector = new Rejector(rejectMark, rejectRate);
                } catch (LinuxException e) {
                    noRejects = RAW_SOCKETS + e.getMessage();
                }
                opened.add(openQueue(number - range[0], number, asked, rejector));
            }
        } catch (RuntimeException | Error e) {
            opened.forEach(NfqueueQueue::close);
            throw e;
        }
        return new NfqueueSource(opened, asked, noRejects);
    }

    private static NfqueueQueue openQueue(int index, int number, QueueOptions asked, Rejector rejector) {
        try {
            return NfqueueQueue.open(index, number, asked, rejector);
        } catch (RuntimeException | Error e) {
            if (rejector != null) {
                rejector.close();
            }
            throw e;
        }
    }

    private static QueueOptions queueOptions(Options options, int inFlightPackets) {
        FlowMarks marks = new FlowMarks(options.unsigned32("accept-mark"), options.unsigned32("drop-mark"));
        if (marks.accept() != 0 && marks.accept() == marks.drop()) {
            throw new WeirException("nfqueue options accept-mark and drop-mark must differ, or one of them be 0");
        }
        return new QueueOptions(
                "auto".equals(options.text("queue-length"))
                        ? 0
                        : options.integer("queue-length", 1, QueueOptions.QUEUE_LENGTH_MAX),
                options.integer("copy-range", 68, PayloadRepair.PAYLOAD_MAX),
                (int) options.sizeBytes("receive-buffer", 64 << 10, 1 << 30),
                (options.flag("fail-open") ? NfnetlinkQueue.CFG_F_FAIL_OPEN : 0)
                        | (options.flag("gso") ? NfnetlinkQueue.CFG_F_GSO : 0)
                        | (options.flag("uid-gid") ? NfnetlinkQueue.CFG_F_UID_GID : 0)
                        | (options.flag("conntrack") ? NfnetlinkQueue.CFG_F_CONNTRACK : 0),
                inFlightPackets,
                options.choice("timestamp", "kernel", "receive").equals("kernel"),
                options.integer("spin", 0, SPIN_MAX_MICROS) * 1_000L,
                options.flag("verdict-thread") && Runtime.getRuntime().availableProcessors() > 1,
                marks);
    }

    private static int[] range(String target) {
        Matcher matcher = NUMBERS.matcher(target);
        if (matcher.matches()) {
            int first = Integer.parseInt(matcher.group(1));
            int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
            if (first <= last && last <= NUMBER_MAX && last - first < QUEUES_MAX) {
                return new int[] {first, last};
            }
        }
        throw new WeirException("nfqueue is opened by queue number, nfqueue:0, or by up to " + QUEUES_MAX
                + " of them, nfqueue:0-3, each 0 to " + NUMBER_MAX + "; not \"" + target + "\"");
    }
}
