package dev.weir.inspect;

import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.TunnelPolicy;
import dev.weir.WeirException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The inspector's command line. */
@Command(
        name = "./weir inspect",
        description = "Shows the flows, or with --packets the packets, of a capture.",
        sortOptions = false,
        usageHelpWidth = 100,
        footerHeading = "%n",
        footer = {
            "Ctrl-C ends it in order. The books (what came, what was lost) are printed at the end, with --json",
            "and --packets to standard error. On live captures the process behind each flow is shown.",
            "",
            "--json prints an event of type \"flow\" when a flow ends, and before it, as they happen, events",
            "of what was said in it, each type with an object of its name:",
            "  \"tls\"   a handshake of TLS over TCP",
            "  \"quic\"  a handshake of TLS within QUIC",
            "  \"http\"  a request of HTTP/1, with its response if one came",
            "  \"dns\"   each question of a DNS query, and each response",
            "  \"dhcp\"  a message of DHCP, for IPv4 or IPv6",
            "jq 'select(.event_type == \"flow\")' takes one kind alone. --packets --json prints events of type",
            "\"packet\" and no others.",
            "",
            "Exit code: 0 in order; 2 when something asked for is wrong or not possible here, or when the",
            "capture or the recording failed, as by a damaged file or a full disk (what there was is shown).",
            "",
            "Examples:",
            "  ./weir inspect pcap:trace.pcapng",
            "  ./weir inspect afpacket:eth0 --filter 'tcp port 443' --duration 10s",
            "  ./weir inspect pcap:trace.pcapng --packets --json | head"
        })
public final class Inspect implements Callable<Integer> {
    private static final int FAILED = CommandLine.ExitCode.USAGE; // 2

    /** The correlator that knows the sockets and processes of this host. */
    private static final String PROCESSES = "sockdiag";

    @Parameters(
            paramLabel = "CAPTURE",
            description = "backend:what?option=value&…, for example pcap:trace.pcapng or afpacket:eth0.")
    private String capture;

    @Option(
            names = "--filter",
            paramLabel = "EXPR",
            description = "Only packets that match, in the pcap-filter language: 'udp and port 53'.")
    private String filter;

    @Option(names = "--count", paramLabel = "N", description = "End after N packets.")
    private Long count;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "End after this time: 500ms, 10s, 5m, 1h.")
    private Duration duration;

    @Option(names = "--json", description = "One object a line, in the field names of Suricata's EVE format.")
    private boolean json;

    @Option(names = "--packets", description = "Packets instead of flows, in the order of the capture.")
    private boolean packets;

    @Option(names = "--top", paramLabel = "N", description = "In the table, only the N flows with most bytes.")
    private Integer top;

    @Option(
            names = "--inner",
            description = "What tunnels carry instead of the tunnels: VXLAN, GENEVE, GRE, GTP-U, IP in IP.")
    private boolean inner;

    @Option(names = "--write", paramLabel = "FILE.pcapng", description = "Record what passed.")
    private Path write;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Threads that classify, each with its share of the flows; 0, the standard, leaves it to the"
                    + " thread that captures.")
    private int workers;

    @Option(names = "--help", usageHelp = true, description = "This text.")
    private boolean help;

    private final Output output;
    private final PrintStream err;
    private final Terminal terminal;
    private final ZoneId zone;
    private final Consumer<Pipeline> opened;

    /**
     * @param zone of the time stamps
     * @param opened is told of the pipeline, so that it can end it
     */
    Inspect(OutputStream out, PrintStream err, Terminal terminal, ZoneId zone, Consumer<Pipeline> opened) {
        this.output = new Output(out);
        this.err = err;
        this.terminal = terminal;
        this.zone = zone;
        this.opened = opened;
    }

    /** Runs as a program. */
    public static void main(String[] arguments) {
        OrderlyEnd end = new OrderlyEnd();
        Inspect inspect = new Inspect(
                new FileOutputStream(FileDescriptor.out),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Terminal.ofProcess(),
                ZoneId.systemDefault(),
                end::watch);
        int exitCode = inspect.execute(arguments);
        end.reached(exitCode);
        System.exit(exitCode);
    }

    /** Runs with these arguments; returns the exit code. */
    int execute(String... arguments) {
        CommandLine line = new CommandLine(this);
        line.setOut(new PrintWriter(output, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setParameterExceptionHandler((wrong, given) -> refuse(wrong.getMessage() + "; see ./weir inspect --help"));
        return line.execute(arguments);
    }

    @Override
    public Integer call() {
        if (packets && workers > 0) {
            err.println("--packets keeps the order of the capture: one thread shows them, --workers is not used");
        }
        if (top != null && top < 1) {
            return refuse("--top must be 1 or more, not " + top);
        }
        if (top != null && (json || packets)) {
            err.println("--top shortens the table of flows: it is not used with --json or --packets");
        }
        if (write != null && wouldOverwriteItsSource()) {
            return refuse("--write would overwrite the file that is read: " + write);
        }
        EveWriter eve = json ? new EveWriter(output, interfaceName(), zone) : null;
        View view = view(eve);
        try (Pipeline pipeline = open(view, json ? new ProtocolEvents(eve) : null)) {
            opened.accept(pipeline);
            if (takesPacketsAway()) {
                err.println(
                        "as long as this runs, this host does not get the packets that are shown: afpacket: would leave"
                                + " them to it, steer= takes a part");
            }
            boolean progress = terminal.error() && !terminal.output();
            Inspection inspection = new Inspection(pipeline, view, output, progress ? new Progress(err) : null);
            WeirException failure = inspection.run(duration);
            if (output.failure() != null) {
                return seenEnough(output.failure());
            }
            Ledger ledger = pipeline.ledger();
            report(ledger);
            if (failure != null) {
                return refuse(failure.getMessage());
            }
            return ledger.recordFailure().isEmpty() ? CommandLine.ExitCode.OK : refuse(ledger.recordFailure());
        } catch (WeirException e) {
            return refuse(e.getMessage());
        }
    }

    private View view(EveWriter eve) {
        if (!json) {
            return packets
                    ? new PacketLines(output, zone)
                    : new TableView(capture, top, output, terminal, System::nanoTime);
        }
        return packets ? new PacketEvents(eve) : new FlowEvents(eve);
    }

    private Pipeline open(View view, ProtocolEvents events) {
        if (!isLive()) {
            return builder(view, events).open();
        }
        try {
            return builder(view, events).correlate(PROCESSES).open();
        } catch (WeirException cause) {
            // If it was not the correlator that could not be had, this fails as well, and with its own cause.
            Pipeline pipeline = builder(view, events).open();
            err.println("processes are not shown: " + cause.getMessage());
            return pipeline;
        }
    }

    private PipelineBuilder builder(View view, ProtocolEvents events) {
        PipelineBuilder builder = Pipeline.from(capture, filter == null ? Map.of() : Map.of("filter", filter))
                .advisory()
                .tunnels(inner ? TunnelPolicy.INNERMOST : TunnelPolicy.OUTERMOST)
                .workers(packets ? 0 : workers);
        if (!packets) { // packets are shown as such, nothing within them
            StockClassifiers.addTo(builder, events);
        }
        builder.classify(view);
        if (count != null) {
            builder.limit(count);
        }
        if (write != null) {
            builder.record(write);
        }
        return builder;
    }

    /** Packets of a file come with processes that are long gone, those of a test with none. */
    private boolean isLive() {
        return !capture.startsWith("pcap:") && !capture.startsWith("memory:");
    }

    /** What comes by AF_XDP ends here, but for a bridge. */
    private boolean takesPacketsAway() {
        return capture.startsWith("xdp:") && !capture.matches(".*[?&]bridge\\b.*");
    }

    private String interfaceName() {
        return isLive() ? capture.replaceFirst("^[^:]*:([^?]*).*", "$1") : null;
    }

    private boolean wouldOverwriteItsSource() {
        if (!capture.startsWith("pcap:")) {
            return false;
        }
        try {
            return Files.isSameFile(Path.of(capture.replaceFirst("^pcap:([^?]*).*", "$1")), write);
        } catch (IOException | InvalidPathException e) {
            return false; // one of them does not exist
        }
    }

    private void report(Ledger ledger) {
        PrintStream to = json || packets ? err : new PrintStream(output, false, StandardCharsets.UTF_8);
        LedgerText.lines(ledger).forEach(to::println);
        to.flush();
    }

    /** A reader that has gone away ({@code | head}) is no failure; a full disk is. */
    private int seenEnough(IOException failure) {
        String cause = String.valueOf(failure.getMessage());
        return cause.contains("Broken pipe") ? CommandLine.ExitCode.OK : refuse("cannot write the output: " + cause);
    }

    private int refuse(String message) {
        err.println("weir inspect: " + message);
        return FAILED;
    }
}
