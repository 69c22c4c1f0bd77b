package dev.weir.fuzz;

import dev.weir.WeirException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One target, fuzzed by Jazzer in a process of its own. What it works with is in {@code target/fuzz/NAME} beside the
 * classes: {@code seeds}, the {@code corpus} that grows from run to run, {@code findings}, and the {@code log}.
 */
final class FuzzRun {
    private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";
    private static final int MAX_SEEDS = 4_000;

    /** Longer inputs find little more and are slow; a file with a few packets fits. */
    private static final int MAX_INPUT_BYTES = 4_096;

    private static final int HANG_SECONDS = 5;
    private static final int LOG_LINES_SHOWN = 30;
    private static final Pattern EXECUTED = Pattern.compile("stat::number_of_executed_units: *(\\d+)");
    private static final Pattern COVERED = Pattern.compile("cov: (\\d+)");

    private final FuzzTarget target;
    private final Captures captures;
    private final boolean keepsCorpus;
    private final Path folder;

    FuzzRun(FuzzTarget target, Captures captures, boolean keepsCorpus) {
        this.target = target;
        this.captures = captures;
        this.keepsCorpus = keepsCorpus;
        try {
            Path classes = Path.of(FuzzRun.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            folder = classes.resolveSibling("fuzz").resolve(target.name()).toAbsolutePath();
        } catch (URISyntaxException e) {
            throw new WeirException("cannot tell where the classes are: " + e.getMessage(), e);
        }
    }

    /** Returns true when nothing was found; prints what came of it. */
    boolean fuzz(long seconds) {
        try {
            Path seeds = emptied("seeds");
            Path findings = emptied("findings");
            Path corpus = keepsCorpus ? Files.createDirectories(folder.resolve("corpus")) : emptied("short-corpus");
            writeSeeds(seeds);
            int exitCode = new ProcessBuilder(command(seconds, corpus, seeds, findings))
                    .redirectErrorStream(true)
                    .redirectOutput(logFile().toFile())
                    .start()
                    .waitFor();
            String log = Files.readString(logFile());
            boolean good = exitCode == 0;
            System.out.printf(
                    "%-24s %4d s %,14d inputs %6d places %s%n",
                    target.name(), seconds, last(EXECUTED, log), last(COVERED, log), good ? "" : "FOUND");
            if (!good) {
                showFailure(log);
                for (Path file : files(findings)) {
                    if (!file.toString().endsWith(".java")) {
                        showInput(Files.readAllBytes(file));
                    }
                }
            }
            return readAgain(corpus) && readAgain(seeds) && good;
        } catch (IOException e) {
            throw new WeirException("cannot fuzz " + target.name() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted while fuzzing " + target.name(), e);
        }
    }

    private Path logFile() {
        return folder.resolve("log");
    }

    /**
     * Examines what was kept because it reaches new places once more, without the fuzzer's instrumentation, which hides
     * what is allocated.
     */
    private boolean readAgain(Path inputs) throws IOException {
        Examination examination = Examination.of(target);
        for (Path file : files(inputs)) {
            byte[] input = Files.readAllBytes(file);
            try {
                examination.read(input);
            } catch (Exception | StackOverflowError | AssertionError e) {
                System.out.println("    FOUND " + e);
                showInput(input);
                return false;
            }
        }
        return true;
    }

    private List<String> command(long seconds, Path corpus, Path seeds, Path findings) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC"));
        if (Runtime.version().feature() >= 21) {
            command.add("-XX:+EnableDynamicAgentLoading");
        }
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-D" + JazzerEntry.TARGET_PROPERTY + "=" + target.name());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), JAZZER));
        command.add("--target_class=" + JazzerEntry.class.getName());
        command.add("--instrumentation_includes=dev.weir.**");
        // how it is examined is no part of what is examined
        command.add("--instrumentation_excludes=" + Examination.class.getName() + "*");
        command.add("--reproducer_path=" + findings);
        command.add("-artifact_prefix=" + findings + "/");
        command.add("-max_total_time=" + seconds);
        command.add("-timeout=" + HANG_SECONDS);
        command.add("-rss_limit_mb=4096");
        command.add("-max_len=" + MAX_INPUT_BYTES);
        command.add("-print_final_stats=1");
        command.add(corpus.toString());
        command.add(seeds.toString());
        return command;
    }

    private void writeSeeds(Path seeds) throws IOException {
        List<byte[]> inputs = new ArrayList<>(Inputs.keptOf(target));
        target.seeds(captures, inputs::add);
        int number = 0;
        for (byte[] input : inputs) {
            if (input.length <= MAX_INPUT_BYTES && number < MAX_SEEDS) {
                Files.write(seeds.resolve(String.format("%05d", number++)), input);
            }
        }
    }

    private Path emptied(String name) throws IOException {
        Path directory = folder.resolve(name);
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        return Files.createDirectories(directory);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.sorted().toList();
        }
    }

    private void showFailure(String log) {
        int from = Math.max(log.indexOf("== Java Exception"), log.indexOf("ERROR: libFuzzer"));
        log.substring(Math.max(from, 0))
                .lines()
                .limit(LOG_LINES_SHOWN)
                .forEach(line -> System.out.println("    " + line));
        System.out.println("    the whole log is " + logFile());
    }

    private void showInput(byte[] input) {
        System.out.println("    when it is mended, keep this line in inputs/" + target.name() + ".hex:");
        System.out.println("    " + HexFormat.of().formatHex(input));
    }

    private static long last(Pattern pattern, String log) {
        Matcher matcher = pattern.matcher(log);
        long value = 0;
        while (matcher.find()) {
            value = Long.parseLong(matcher.group(1));
        }
        return value;
    }
}
