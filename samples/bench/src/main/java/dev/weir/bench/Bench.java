package dev.weir.bench;

import dev.weir.WeirException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmarks, each a sub-command. */
@Command(
        name = "bench",
        description = "Measures Weir beside others; without a command: \"afpacket\".",
        subcommands = {
            AfPacketBench.class,
            NfqueueBench.class,
            XdpBench.class,
            BlocklistBench.class,
            DecodeBench.class,
            JmhBench.class
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "[COMMAND]")
public final class Bench implements Callable<Integer> {
    private Bench() {}

    @Override
    public Integer call() {
        return new AfPacketBench().call();
    }

    public static void main(String[] arguments) {
        CommandLine commands = new CommandLine(new Bench());
        commands.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof WeirException) {
                command.getErr().println(failure.getMessage());
                return CommandLine.ExitCode.USAGE;
            }
            throw failure;
        });
        System.exit(commands.execute(arguments));
    }
}
