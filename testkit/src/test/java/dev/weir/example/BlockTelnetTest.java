package dev.weir.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Ledger;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A classifier under test, as its author writes it: no root, no network, the real engine. */
class BlockTelnetTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Classifier blockTelnet = (packet, flow) -> packet.headers().destinationPort() == 23
            ? Verdict.DROP_FLOW.because("telnet", "port 23")
            : Verdict.CONTINUE;

    private MemoryCapture memory;
    private Pipeline pipeline;

    @BeforeEach
    void open() {
        memory = MemoryCapture.create();
        pipeline = Pipeline.from(memory.name()).classify(blockTelnet).open();
        pipeline.start();
    }

    @AfterEach
    void close() {
        pipeline.close();
        memory.close();
    }

    @Test
    void telnetIsDroppedAndTheWebIsNot() {
        InjectedPacket telnet = memory.inject(PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(4711, 23)
                .syn());
        InjectedPacket web = memory.inject(PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(4711, 80)
                .syn());

        assertEquals("telnet: port 23", telnet.await(SOON).reason().toString());
        assertEquals(Verdict.ACCEPT, web.await(SOON));
    }

    @Test
    void theRestOfTheConversationIsDroppedBothWays() {
        memory.inject(PacketBuilder.ethernet()
                        .ipv6("2001:db8::1", "2001:db8::2")
                        .tcp(4711, 23)
                        .syn())
                .await(SOON);
        InjectedPacket answer = memory.inject(PacketBuilder.ethernet()
                .ipv6("2001:db8::2", "2001:db8::1")
                .tcp(23, 4711)
                .syn()
                .ack());

        assertEquals(Verdict.Kind.DROP, answer.await(SOON).kind());
        pipeline.stop();
        Ledger ledger = pipeline.ledger();
        assertEquals(1, ledger.decisions().count(Ledger.Cause.FLOW_VERDICT));
        assertTrue(ledger.isBalanced());
    }
}
