package dev.weir.fuzz;

import dev.weir.WeirException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fuzzes the targets one after the other, each in a process of its own. */
@Command(
        name = "fuzz",
        description =
                "Looks for bytes that a parser does not bear: it throws, takes longer than a millisecond, or allocates.",
        mixinStandardHelpOptions = true)
public final class Fuzz implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "MINUTES", description = "How long, all targets together.")
    Double minutes;

    @Parameters(index = "1..*", paramLabel = "TARGET", description = "Which targets; all when none is named.")
    List<String> names = new ArrayList<>();

    @Option(names = "--seconds", description = "How long each target, instead of MINUTES; begins anew each time.")
    Integer seconds;

    @Option(
            names = "--captures",
            paramLabel = "DIR",
            defaultValue = "spi/src/test/resources/captures",
            description = "Capture files to begin with (standard: ${DEFAULT-VALUE}).")
    Path captures;

    @Option(names = "--list", description = "Names the targets and ends.")
    boolean list;

    private Fuzz() {}

    @Override
    public Integer call() {
        List<FuzzTarget> targets = names.isEmpty()
                ? Targets.all()
                : names.stream().map(Targets::named).toList();
        if (list) {
            targets.forEach(target -> System.out.println(target.name()));
            return 0;
        }
        long secondsEach = secondsEach(targets.size());
        int findings = 0;
        for (FuzzTarget target : targets) {
            FuzzRun run = new FuzzRun(target, new Captures(captures), seconds == null);
            findings += run.fuzz(secondsEach) ? 0 : 1;
        }
        System.out.println(targets.size() + " targets, " + findings + " findings");
        return findings == 0 ? 0 : 1;
    }

    private long secondsEach(int targets) {
        if (seconds != null) {
            return seconds;
        }
        if (minutes == null || !(minutes > 0)) {
            throw new WeirException("say for how many minutes: ./weir fuzz MINUTES [TARGET ...]");
        }
        return Math.max(1, Math.round(minutes * 60 / targets));
    }

    public static void main(String[] arguments) {
        CommandLine commands = new CommandLine(new Fuzz());
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
