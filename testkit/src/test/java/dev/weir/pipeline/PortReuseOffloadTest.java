package dev.weir.pipeline;

import static dev.weir.pipeline.Traffic.PATIENCE;
import static dev.weir.pipeline.Traffic.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.Blocklist;
import dev.weir.FlowKey;
import dev.weir.KernelOutcome;
import dev.weir.OptionSpec;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.spi.Availability;
import dev.weir.spi.FlowOffload;
import dev.weir.spi.FlowOffloadProvider;
import dev.weir.spi.FlowOffloadRequest;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel is told of a SYN on the ports of a connection that may go on: it tells flows by their ports alone. */
@Timeout(30)
class PortReuseOffloadTest {
    private static final List<String> INSTALLED = new CopyOnWriteArrayList<>();

    /** An offload that writes down what it is told. */
    public static final class Provider implements FlowOffloadProvider {
        @Override
        public String name() {
            return "written";
        }

        @Override
        public String description() {
            return "writes verdicts down";
        }

        @Override
        public List<OptionSpec> options() {
            return List.of();
        }

        @Override
        public Availability probe() {
            return Availability.YES;
        }

        @Override
        public FlowOffload open(FlowOffloadRequest request) {
            return new Written();
        }
    }

    private static final class Written implements FlowOffload {
        @Override
        public Set<Verdict.Kind> carriesOut() {
            return Set.of(Verdict.Kind.DROP);
        }

        @Override
        public boolean install(FlowKey key, Verdict.Kind verdict) {
            INSTALLED.add(key.sourcePort() + " " + verdict);
            return true;
        }

        @Override
        public int flush() {
            return 0;
        }

        @Override
        public void expire() {}

        @Override
        public int installed() {
            return INSTALLED.size();
        }

        @Override
        public void block(Blocklist list) {}

        @Override
        public Map<KernelOutcome, Count> counts() {
            return Map.of();
        }

        @Override
        public String explain() {
            return "";
        }

        @Override
        public void close() {}
    }

    @TempDir
    Path directory;

    private ClassLoader withProvider() throws IOException {
        URL service = Files.writeString(directory.resolve("service"), Provider.class.getName())
                .toUri()
                .toURL();
        return new ClassLoader(Provider.class.getClassLoader()) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException {
                return name.equals("META-INF/services/" + FlowOffloadProvider.class.getName())
                        ? Collections.enumeration(List.of(service))
                        : super.getResources(name);
            }
        };
    }

    private static PacketBuilder client(int port, int sequence) {
        return PacketBuilder.ethernet().ip("10.0.0.1", "10.0.0.2").tcp(port, 80).sequence(sequence);
    }

    private static PacketBuilder server(int port, int sequence) {
        return PacketBuilder.ethernet().ip("10.0.0.2", "10.0.0.1").tcp(80, port).sequence(sequence);
    }

    @Test
    void aVerdictForItGoesThereWhenItIsAnswered() throws IOException {
        INSTALLED.clear();
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline = Pipeline.from(memory.name())
                        .classLoader(withProvider())
                        .offload("written:here")
                        .classify((packet, flow) ->
                                packet.headers().payloadLength() > 0 ? Verdict.DROP_FLOW : Verdict.CONTINUE)
                        .open()) {
            pipeline.start();
            judge(memory, client(4711, 1).syn());
            judge(memory, server(4711, 5).syn().acknowledgment(2));
            judge(memory, client(4711, 2).acknowledgment(6));
            judge(memory, client(4711, 2).rst());
            assertEquals(
                    Verdict.DROP_FLOW, judge(memory, client(4711, 900).syn().payload("x")));
            judge(memory, client(4712, 1).payload("x"));
            eventually("later ones are told", () -> INSTALLED.contains("4712 DROP"));
            assertEquals(List.of("4712 DROP"), INSTALLED);
            assertEquals(Verdict.ACCEPT, judge(memory, client(4711, 2).acknowledgment(6)), "the old one goes on");
            judge(memory, server(4711, 7).syn().acknowledgment(902));
            eventually("and this one", () -> INSTALLED.equals(List.of("4712 DROP", "4711 DROP")));
        }
    }

    private static Verdict judge(MemoryCapture memory, PacketBuilder packet) {
        return memory.inject(packet).await(PATIENCE);
    }
}
