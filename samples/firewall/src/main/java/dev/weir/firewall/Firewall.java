package dev.weir.firewall;

import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.rules.DecidedFlows;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The firewall's command line. */
@Command(
        name = "./weir firewall",
        description = "Filters what iptables queues, by rules from a file.",
        sortOptions = false,
        usageHelpWidth = 100,
        footerHeading = "%n",
        footer = {
            "A rule file is a JSON array; the first rule that applies decides, what no rule is about passes:",
            "",
            "  [ {\"id\": \"no-telnet\", \"layer\": 4, \"type\": \"tcp_dst_port\", \"values\": [\"23\"], \"action\": \"reject\"},",
            "    {\"id\": \"lab\", \"layer\": 3, \"type\": \"ip_src_in\", \"values\": [\"10.0.0.0/8\", \"fd00::/8\"],",
            "     \"action\": \"mark\", \"mark\": \"0x10\", \"mask\": \"0xff\"},",
            "    {\"id\": \"rest\", \"type\": \"any\", \"action\": \"drop\"} ]",
            "",
            "\"conditions\": [{\"type\": …, \"values\": […]}, …] in place of type and values: all have to hold.",
            "\"scope\": \"flow\" decides for the rest of the connection as well; for layer 7 that is the standard.",
            "A type that does not exist is refused with the list of those that do.",
            "",
            "The file is read again when it changes, and on SIGHUP. A file with a mistake is refused whole.",
            "Ctrl-C or SIGTERM ends it in order: traffic is led away, what is queued is decided, then the",
            "books are printed.",
            "",
            "Exit code: 0 in order; 2 when something asked for is wrong or not possible here, or when the",
            "capture failed."
        })
public final class Firewall implements Callable<Integer> {
    /** On the answers to rejected packets. */
    static final String REJECT_MARK = "0x57524a54";

    private static final int FAILED = CommandLine.ExitCode.USAGE; // 2
    private static final Duration TICK = Duration.ofSeconds(1);

    /** Where in the kernel's path packets are led to the queues. */
    enum Hook {
        input,
        forward,
        output
    }

    @Option(
            names = "--queue",
            required = true,
            paramLabel = "0-3",
            converter = QueueRange.Converter.class,
            description = "Netfilter queues: one number, or some in a row.")
    private QueueRange queues;

    @Option(names = "--rules", required = true, paramLabel = "FILE", description = "The rules, in JSON; see below.")
    private Path rulesFile;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Threads that classify, each with its share of the flows; 0, the standard, leaves it to the"
                    + " threads that read the queues.")
    private int workers;

    @Option(
            names = "--steer",
            paramLabel = "HOOK",
            description =
                    "Lead packets to the queues, with iptables rules that go when this ends: ${COMPLETION-CANDIDATES}."
                            + " Left out, your own rules do.")
    private Hook hook;

    @Option(
            names = "--fail-open",
            description = "What is too much passes, and everything when this is not running; otherwise it is dropped.")
    private boolean failOpen;

    @Option(
            names = "--offload",
            description = "With --steer: the kernel keeps the rest of decided flows away from the queues.")
    private boolean offload;

    @Option(names = "--busy-poll", description = "Threads never sleep: the lowest latency, for a core each.")
    private boolean busyPoll;

    @Option(names = "--help", usageHelp = true, description = "This text.")
    private boolean help;

    private final PrintStream out;
    private final PrintStream err;
    private final Commands commands;
    private final Consumer<Runnable> ending;

    /** @param ending is told how to end it in order, from any thread */
    Firewall(PrintStream out, PrintStream err, Commands commands, Consumer<Runnable> ending) {
        this.out = out;
        this.err = err;
        this.commands = commands;
        this.ending = ending;
    }

    /** Runs as a program. */
    public static void main(String[] arguments) {
        OrderlyEnd end = new OrderlyEnd();
        Firewall firewall =
                new Firewall(stream(FileDescriptor.out), stream(FileDescriptor.err), new SystemCommands(), end::watch);
        int exitCode = firewall.execute(arguments);
        end.reached(exitCode);
        System.exit(exitCode);
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** Runs with these arguments; returns the exit code. */
    int execute(String... arguments) {
        CommandLine line = new CommandLine(this).setCaseInsensitiveEnumValuesAllowed(true);
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setParameterExceptionHandler(
                (wrong, given) -> refuse(wrong.getMessage() + "; see ./weir firewall --help"));
        return line.execute(arguments);
    }

    @Override
    public Integer call() {
        if (offload && hook == null) {
            return refuse("--offload takes rules of the kernel: give --steer as well");
        }
        DecisionMeter meter = new DecisionMeter();
        try {
            // What the kernel keeps away cannot be judged again; else new rules hold for running connections too.
            RuleFile rules = RuleFile.load(rulesFile, offload ? DecidedFlows.KEEP : DecidedFlows.RECONSIDER);
            try (Pipeline pipeline = open(rules, meter);
                    RuleWatcher watcher = new RuleWatcher(rules, err, () -> warnOfRejects(rules, pipeline))) {
                Steering steering = new Steering(commands, queues, Steering.hostHasIpv6());
                removeLeftovers(steering);
                try {
                    ending.accept(() -> end(steering, pipeline));
                    pipeline.start();
                    watcher.start();
                    steer(steering);
                    err.println(rules.count() + " rules from " + rulesFile + " are in force on queue " + queues);
                    warnOfRejects(rules, pipeline);
                    awaitEnd(pipeline, meter);
                } finally {
                    end(steering, pipeline);
                }
                FinalReport.lines(pipeline.ledger(), meter).forEach(out::println);
                WeirException failure = failure(pipeline);
                if (failure != null) {
                    return refuse(failure.getMessage());
                }
                return out.checkError() ? refuse("the books could not be written") : CommandLine.ExitCode.OK;
            }
        } catch (RuleFileException | WeirException e) {
            return refuse(e.getMessage());
        }
    }

    /** Who has no right to answer senders is told now, and not when the first packet is rejected. */
    private void warnOfRejects(RuleFile rules, Pipeline pipeline) {
        if (rules.rejects() && !pipeline.carriesOut().contains(Verdict.Kind.REJECT)) {
            err.println(
                    "some rules reject, but senders cannot be told, which takes CAP_NET_RAW: their packets are only dropped");
        }
    }

    private void steer(Steering steering) {
        if (hook == null) {
            return;
        }
        Set<String> others = steering.add(hook.name().toUpperCase(Locale.ROOT), failOpen, offload);
        if (!others.isEmpty()) {
            err.println("behind the same hook is another firewall, " + String.join(", ", others)
                    + ": it does not see what this one accepts");
        }
    }

    private Pipeline open(RuleFile rules, DecisionMeter meter) {
        Map<String, String> options = new HashMap<>();
        options.put("fail-open", Boolean.toString(failOpen));
        options.put("timestamp", "kernel");
        options.put("reject-mark", REJECT_MARK);
        if (offload) {
            options.put("accept-mark", FlowMarks.ACCEPT);
            options.put("drop-mark", FlowMarks.DROP);
        }
        PipelineBuilder builder = Pipeline.from("nfqueue:" + queues, options)
                .classify(rules.classifier())
                .workers(workers)
                .listen(meter);
        return (busyPoll ? builder.busyPoll() : builder).open();
    }

    /** For the one who has bound the queues. */
    private void removeLeftovers(Steering steering) {
        try {
            Set<String> found = steering.removeLeftovers(BoundQueues.read());
            if (!found.isEmpty()) {
                err.println("took away what a killed firewall left: " + String.join(", ", found));
            }
        } catch (WeirException e) {
            if (hook != null) {
                throw e;
            }
            // no iptables here, and none asked for
        }
    }

    /** Leads traffic away, then has everything decided that was queued before. */
    private void end(Steering steering, Pipeline pipeline) {
        if (hook != null) {
            try {
                steering.close();
            } catch (WeirException e) {
                err.println(e.getMessage());
            }
        }
        pipeline.stop();
    }

    private static void awaitEnd(StatusLine status, Pipeline pipeline, DecisionMeter meter)
            throws InterruptedException {
        while (!pipeline.await(TICK)) {
            status.refresh(pipeline.ledger(), meter.latency());
        }
    }

    private void awaitEnd(Pipeline pipeline, DecisionMeter meter) {
        StatusLine status = new StatusLine(err, StatusLine.isTerminal());
        try {
            awaitEnd(status, pipeline, meter);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            status.finish();
        }
    }

    private static WeirException failure(Pipeline pipeline) {
        if (pipeline.state() != Pipeline.State.FAILED) {
            return null;
        }
        try {
            pipeline.run(); // has ended, and says why
            return null;
        } catch (WeirException e) {
            return e;
        }
    }

    private int refuse(String reason) {
        err.println("weir firewall: " + reason);
        return FAILED;
    }
}
