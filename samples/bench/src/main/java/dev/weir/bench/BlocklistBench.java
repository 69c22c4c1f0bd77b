package dev.weir.bench;

import dev.weir.WeirException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Drops by the blocklist, beside {@code xdp-filter} of xdp-tools. Both are attached to a veth; the kernel itself runs the
 * attached program on a listed packet, so that no generator is measured: alone, on frames as a driver hands them in, and
 * on packets of all listed addresses in turn, so that the caches do not have what is looked up.
 */
@Command(
        name = "blocklist",
        description = "Compares how fast XDP drops a listed packet: Weir's blocklist and xdp-filter.",
        mixinStandardHelpOptions = true)
final class BlocklistBench implements Callable<Integer> {
    private static final String LISTED = "10.66.0.1";
    private static final String XDP_FILTER = "xdp-filter, 1 address";
    private static final String XDP_FILTER_FULL = "xdp-filter, 10,000 addresses";
    /** Beside the one: its map takes 10,000. */
    private static final int FULL = 9_999;

    private static final List<String> MODES = List.of("alone", "live", "varied");
    private static final Pattern PROGRAM = Pattern.compile("prog/xdp id (\\d+)");
    private static final int XDP_DROP = 1;

    @Option(names = "--rounds", description = "pairs, alternating (default: ${DEFAULT-VALUE})")
    private int rounds = 10;

    @Option(names = "--count", description = "packets of one measurement (default: ${DEFAULT-VALUE})")
    private int count = 3_000_000;

    @Option(
            names = "--varied-count",
            description = "packets of one measurement with varied addresses (default: ${DEFAULT-VALUE})")
    private int variedCount = 300_000;

    /**
     * What drops.
     *
     * @param command holds a program on the interface until its input ends
     * @param others listed addresses beside the one
     */
    private record Contender(String name, List<String> command, int others) {}

    /** A program on the interface, held by a process. */
    private record Held(Process process, int program, String said) implements AutoCloseable {
        @Override
        public void close() {
            try {
                process.getOutputStream().close();
                process.waitFor();
            } catch (IOException e) {
                process.destroy();
            } catch (InterruptedException e) {
                process.destroy();
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public Integer call() {
        NativePrograms programs = new NativePrograms();
        String runner = programs.programRun();
        List<Contender> contenders = List.of(
                new Contender(XDP_FILTER, xdpFilter("true"), 0),
                new Contender(XDP_FILTER_FULL, xdpFilter(fill(programs.filterFill())), FULL),
                new Contender("weir, 1 address", weir(0, 0), 0),
                new Contender("weir, 10,000 addresses", weir(FULL, 0), FULL),
                new Contender("weir, 1,000,001 addresses", weir(1_000_000, 0), 1_000_000),
                new Contender("weir, 900,001 addresses and 100,000 prefixes", weir(900_000, 100_000), 900_000));
        Map<String, Map<String, double[]>> measured = new LinkedHashMap<>();
        Map<String, String> said = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            List<Contender> order = new ArrayList<>(contenders);
            if (round % 2 == 1) {
                Collections.reverse(order);
            }
            for (Contender contender : order) {
                try (BenchLink link = BenchLink.open();
                        Held held = hold(link, contender.command())) {
                    said.put(contender.name(), held.said);
                    for (String mode : MODES) {
                        if (!mode.equals("varied") || contender.others() > 0) {
                            measured.computeIfAbsent(mode, key -> new LinkedHashMap<>())
                                            .computeIfAbsent(contender.name(), key -> new double[rounds])[round] =
                                    run(link, runner, held.program, mode, contender.others());
                        }
                    }
                }
            }
        }
        for (String mode : MODES) {
            print(mode, contenders, measured.get(mode), said);
        }
        return 0;
    }

    private static String fill(String program) {
        return "%s /sys/fs/bpf/xdp-filter/filter_ipv4 %s %s %d %d"
                .formatted(program, LISTED, BlocklistHolder.FIRST_ADDRESS, FULL, BlocklistHolder.STEP);
    }

    /** Pins its maps where nobody else sees them: in a BPF file system of this mount namespace. */
    private static List<String> xdpFilter(String more) {
        return List.of(
                "sh",
                "-ec",
                "mount -t bpf bpf /sys/fs/bpf; xdp-filter load -m native -f ipv4 %1$s; xdp-filter ip -m src %2$s; %4$s; echo %3$s; read -r end || true; xdp-filter unload %1$s"
                        .formatted(BenchLink.RECEIVER, LISTED, BlocklistHolder.READY, more));
    }

    private static List<String> weir(int hosts, int prefixes) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                BlocklistHolder.class.getName(),
                "bpf:" + BenchLink.RECEIVER + "?mode=native",
                LISTED,
                Integer.toString(hosts),
                Integer.toString(prefixes));
    }

    private static Held hold(BenchLink link, List<String> command) {
        try {
            Process process = new ProcessBuilder(link.inside(-1, command))
                    .redirectErrorStream(true)
                    .start();
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            List<String> said = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said.add(line);
                if (line.startsWith(BlocklistHolder.READY)) {
                    return new Held(process, program(link), line);
                }
            }
            throw new WeirException(command.get(0) + " ended: " + String.join(" ", said));
        } catch (IOException e) {
            throw new WeirException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
        }
    }

    private static int program(BenchLink link) {
        String shown = inside(link, List.of("ip", "-d", "link", "show", BenchLink.RECEIVER));
        Matcher matcher = PROGRAM.matcher(shown);
        if (!matcher.find()) {
            throw new WeirException("no XDP program on " + BenchLink.RECEIVER + ": " + shown);
        }
        return Integer.parseInt(matcher.group(1));
    }

    private static String inside(BenchLink link, List<String> command) {
        return Commands.check(link.inside(-1, command).toArray(String[]::new));
    }

    /** Nanoseconds per packet. */
    private double run(BenchLink link, String runner, int program, String mode, int others) {
        boolean varied = mode.equals("varied");
        String answer = inside(
                link,
                List.of(
                        runner,
                        Integer.toString(program),
                        BenchLink.RECEIVER,
                        mode,
                        Integer.toString(varied ? variedCount : count),
                        varied ? BlocklistHolder.FIRST_ADDRESS + "/" + others : LISTED,
                        Integer.toString(BlocklistHolder.STEP)));
        String[] numbers = answer.strip().split(" ");
        if (!mode.equals("live") && Integer.parseInt(numbers[1]) != XDP_DROP) {
            throw new WeirException("the packet was not dropped: " + answer);
        }
        return Double.parseDouble(numbers[0]);
    }

    private void print(
            String mode, List<Contender> contenders, Map<String, double[]> measured, Map<String, String> said) {
        String what =
                switch (mode) {
                    case "alone" -> "the program alone, %,d times".formatted(count);
                    case "live" -> "live frames, %,d times".formatted(count);
                    default -> "from all listed addresses in turn, %,d times".formatted(variedCount);
                };
        System.out.printf("%nA listed packet of 64 bytes, %s, %d rounds%n", what, rounds);
        double[] peer = measured.get(mode.equals("varied") ? XDP_FILTER_FULL : XDP_FILTER);
        for (Contender contender : contenders) {
            double[] nanos = measured.get(contender.name());
            if (nanos == null) {
                continue;
            }
            MedianInterval median = MedianInterval.of(nanos);
            MedianInterval ratio = MedianInterval.ofRatios(nanos, peer);
            System.out.printf(
                    Locale.ROOT,
                    "%-46s %7.1f ns/packet %,12.0f packets/s   %.2f x xdp-filter (%.2f to %.2f)   %s%n",
                    contender.name(),
                    median.median(),
                    1e9 / median.median(),
                    ratio.median(),
                    ratio.low(),
                    ratio.high(),
                    said.get(contender.name()));
        }
    }
}
