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

/**
 * The generator and the C receivers, compiled when first asked for, from the sources that come with the benchmarks,
 * into {@code target/native} beside the classes.
 */
public final class NativePrograms {
    private static final List<String> SOURCES = List.of(
            "datagram.h",
            "control.h",
            "control.c",
            "xdp_program.h",
            "flood.c",
            "packet_ring.h",
            "ring_receiver.c",
            "ring_pipeline.c",
            "pcap_receiver.c",
            "queue_drops.h",
            "queue_library.c",
            "queue_batched.c",
            "decode.h",
            "decode.c",
            "xsk_port.h",
            "xsk_drop.c",
            "xsk_send.c",
            "xsk_bridge.c",
            "xdp_sink.c",
            "program_run.c",
            "filter_fill.c");

    private final Path directory;

    /** Lays out the sources. */
    public NativePrograms() {
        try {
            Path classes = Path.of(NativePrograms.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            directory = Files.createDirectories(classes.resolveSibling("native"));
            for (String source : SOURCES) {
                try (InputStream in = NativePrograms.class.getResourceAsStream("c/" + source)) {
                    Files.copy(in, directory.resolve(source), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException | URISyntaxException failed) {
            throw new WeirException("cannot lay out the C programs: " + failed.getMessage(), failed);
        }
    }

    String flood() {
        return compile("flood", "flood.c");
    }

    String ringReceiver() {
        return compile("ring_receiver", "ring_receiver.c", "control.c", "-pthread");
    }

    String ringPipeline() {
        return compile("ring_pipeline", "ring_pipeline.c", "control.c", "-pthread");
    }

    String pcapReceiver() {
        return compile("pcap_receiver", "pcap_receiver.c", "control.c", "-pthread", "-lpcap");
    }

    String queueLibrary() {
        return compile("queue_library", "queue_library.c", "control.c", "-pthread", "-lnetfilter_queue", "-lnfnetlink");
    }

    String queueBatched() {
        return compile("queue_batched", "queue_batched.c", "control.c", "-pthread");
    }

    /** A shared library; the path of it. */
    public String decodeLibrary() {
        return compile("libdecode.so", "decode.c", "-shared", "-fPIC");
    }

    String xskDrop() {
        return compile("xsk_drop", "xsk_drop.c", "control.c", "-pthread", "-lxdp", "-lbpf");
    }

    String xskSend() {
        return compile("xsk_send", "xsk_send.c", "control.c", "-pthread", "-lxdp", "-lbpf");
    }

    String xskBridge() {
        return compile("xsk_bridge", "xsk_bridge.c", "control.c", "-pthread", "-lxdp", "-lbpf");
    }

    String xdpSink() {
        return compile("xdp_sink", "xdp_sink.c");
    }

    String filterFill() {
        return compile("filter_fill", "filter_fill.c", "-lbpf");
    }

    String programRun() {
        return compile("program_run", "program_run.c", "-lbpf");
    }

    /** Returns the path of the program. */
    private String compile(String program, String... inputs) {
        List<String> command = new ArrayList<>(
                List.of("gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program));
        command.addAll(List.of(inputs));
        Commands.Result result;
        try {
            result = Commands.run(directory, command);
        } catch (WeirException notFound) {
            throw new WeirException("the C receivers need a compiler: install gcc and libpcap-dev", notFound);
        }
        if (result.output().contains("pcap.h: No such file")) {
            throw new WeirException("the receiver with libpcap needs its headers: install libpcap-dev");
        }
        if (result.output().contains("libnetfilter_queue.h: No such file")) {
            throw new WeirException("the program with libnetfilter_queue needs it: install libnetfilter-queue-dev");
        }
        if (result.output().contains("xsk.h: No such file")) {
            throw new WeirException("the programs with libxdp need it: install libxdp-dev");
        }
        if (result.output().contains("bpf/bpf.h: No such file")) {
            throw new WeirException("the programs around BPF need libbpf's headers: install libbpf-dev");
        }
        if (result.exitCode() != 0) {
            throw new WeirException("cannot compile " + program + " in " + directory + ": "
                    + result.output().lines().findFirst().orElse("gcc says nothing"));
        }
        return directory.resolve(program).toString();
    }
}
