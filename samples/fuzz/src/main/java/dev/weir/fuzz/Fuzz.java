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
    @Parameters(
            arity = "0..*",
            paramLabel = "[MINUTES] TARGET",
            description = "How long, all targets together; then which targets, all when none is named.")
    List<String> words = new ArrayList<>();

    @Option(names = "--seconds", description = "How long each target, in place of MINUTES; begins anew each time.")
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
        boolean timed = seconds == null && !list;
        List<String> names = timed && !words.isEmpty() ? words.subList(1, words.size()) : words;
        List<FuzzTarget> targets = names.isEmpty()
                ? Targets.all()
                : names.stream().map(Targets::named).toList();
        if (list) {
            targets.forEach(target -> System.out.println(target.name()));
            return 0;
        }
        long secondsEach = timed ? Math.max(1, Math.round(minutes() * 60 / targets.size())) : seconds;
        int findings = 0;
        for (FuzzTarget target : targets) {
            FuzzRun run = new FuzzRun(target, new Captures(captures), timed);
            findings += run.fuzz(secondsEach) ? 0 : 1;
        }
        System.out.println(targets.size() + " targets, " + findings + " with a finding");
        return findings == 0 ? 0 : 1;
    }

    private double minutes() {
        try {
            double minutes = Double.parseDouble(words.get(0));
            if (minutes > 0 && minutes < 1e6) {
                return minutes;
            }
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            // said below
        }
        throw new WeirException("say for how many minutes: ./weir fuzz MINUTES [TARGET ...]");
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
