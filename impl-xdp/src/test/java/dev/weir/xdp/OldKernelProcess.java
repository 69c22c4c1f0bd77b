package dev.weir.xdp;

import dev.weir.Blocklist;
import dev.weir.Capture;
import dev.weir.KernelFilter;
import dev.weir.Packet;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A process that uses a filter or a capture and says how it fares, until its standard input ends. */
final class OldKernelProcess {
    static final String READY = "ready";
    static final int ENTRIES = 5_000;

    private OldKernelProcess() {}

    public static void main(String[] arguments) throws Exception {
        try {
            if (arguments[0].startsWith("bpf:")) {
                filter(arguments[0], Integer.parseInt(arguments[1]));
            } else {
                capture(arguments[0]);
            }
        } catch (WeirException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    private static void filter(String name, int port) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (KernelFilter filter = KernelFilter.open(name)) {
            Blocklist.Builder list = Blocklist.builder().port(Protocols.UDP, port);
            for (int i = 0; i < ENTRIES; i++) {
                list.ipv4(0x0b000000 + i * 7, 32, Blocklist.Side.SOURCE);
                list.ipv4(0x80000000 + (i << 9), 24, Blocklist.Side.SOURCE);
            }
            filter.block(list.build());
            System.out.println(READY + ": " + filter.explain());
            while (in.readLine() != null) {
                System.out.println("counts: " + filter.counts());
            }
        }
    }

    private static void capture(String name) {
        try (Capture capture = Capture.open(name)) {
            System.out.println(READY + ": " + capture.explain());
            List<Packet> batch = capture.receive(Duration.ofSeconds(30));
            while (batch != null) {
                for (Packet packet : batch) {
                    System.out.println("received " + packet.bytes().length() + ";");
                    capture.finish(packet, Verdict.ACCEPT);
                }
                batch = capture.receive(Duration.ofSeconds(30));
            }
        }
    }
}
