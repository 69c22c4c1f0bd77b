package dev.weir.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** The inner loops, measured with JMH. */
@Command(
        name = "jmh",
        description = "Runs the JMH benchmarks of the inner loops; takes JMH's own options (-h lists them).")
final class JmhBench implements Callable<Integer> {
    @Unmatched
    final List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        Main.main(arguments.toArray(String[]::new));
        return 0;
    }
}
