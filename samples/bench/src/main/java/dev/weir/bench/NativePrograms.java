package dev.weir.bench;

import dev.weir.WeirException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** The generator and the C receivers, compiled from the sources that come with the benchmarks. */
final class NativePrograms {
    private static final List<String> SOURCES =
            List.of("datagram.h", "control.h", "control.c", "flood.c", "ring_receiver.c", "pcap_receiver.c");

    private final Path directory;

    private NativePrograms(Path directory) {
        this.directory = directory;
    }

    /** Compiles into {@code target/native}, beside the classes of the benchmarks. Takes about a second. */
    static NativePrograms compile() {
        try {
            Path classes = Path.of(NativePrograms.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            NativePrograms programs = new NativePrograms(Files.createDirectories(classes.resolveSibling("native")));
            for (String source : SOURCES) {
                try (InputStream in = NativePrograms.class.getResourceAsStream("c/" + source)) {
                    Files.copy(in, programs.directory.resolve(source), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            programs.gcc("flood", List.of("flood.c"));
            programs.gcc("ring_receiver", List.of("ring_receiver.c", "control.c", "-pthread"));
            programs.gcc("pcap_receiver", List.of("pcap_receiver.c", "control.c", "-pthread", "-lpcap"));
            return programs;
        } catch (IOException | URISyntaxException failed) {
            throw new WeirException("cannot prepare the C programs: " + failed.getMessage(), failed);
        }
    }

    Path flood() {
        return directory.resolve("flood");
    }

    Path ringReceiver() {
        return directory.resolve("ring_receiver");
    }

    Path pcapReceiver() {
        return directory.resolve("pcap_receiver");
    }

    private void gcc(String program, List<String> inputs) {
        List<String> command = new ArrayList<>(
                List.of("gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program));
        command.addAll(inputs);
        Commands.Result result;
        try {
            result = Commands.run(directory, command);
        } catch (WeirException notFound) {
            throw new WeirException("the C receivers need gcc: install it (apt-get install gcc libpcap-dev)", notFound);
        }
        if (result.exitCode() != 0) {
            String hint = result.output().contains("pcap.h") ? " (apt-get install libpcap-dev)" : "";
            throw new WeirException("cannot compile " + program + hint + ": "
                    + result.output().lines().findFirst().orElse("gcc says nothing"));
        }
    }
}
