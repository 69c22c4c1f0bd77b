package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist;
import dev.weir.KernelOutcome;
import dev.weir.Ledger;
import dev.weir.Ledger.Cause;
import dev.weir.Pipeline;
import dev.weir.Protocols;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.testkit.lab.KernelFeature;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.net.DatagramSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pipelines of other backends have the kernel carry out verdicts for flows. */
@NetworkLabTest(requires = {KernelFeature.NETFILTER_NETLINK, KernelFeature.PACKET_SOCKETS})
class OffloadKernelTest {
    private static final int PORT = 4001;
    private static final int OTHER_PORT = 4002;

    private LabHost here;
    private LabHost there;

    @BeforeEach
    void connect(NetworkLab lab) {
        here = lab.host("here");
        there = lab.host("there");
        lab.connect(here, there);
    }

    private static long inKernel(Pipeline pipeline, KernelOutcome outcome) {
        return pipeline.ledger().inKernel().get(outcome);
    }

    private Pipeline open(String capture, String offload, Verdict verdict, boolean advisory) {
        return here.call(() -> {
            var builder = Pipeline.from(capture)
                    .offload(offload)
                    .classify(
                            (packet, flow) -> packet.headers().destinationPort() == PORT ? verdict : Verdict.CONTINUE);
            return (advisory ? builder.advisory() : builder).open();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpf:eth0", "bpf:eth0?mode=generic", "bpf:eth0?hook=tc", "bpf:eth0?hook=tc&tc=clsact"})
    void aDroppedFlowOfAQueueIsDroppedOnTheInterface(String offload) {
        here.run("iptables", "-A", "INPUT", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "0");
        Ledger last;
        try (DatagramSocket other = Datagrams.open(here, here.ipv4(), OTHER_PORT);
                DatagramSocket from = Datagrams.open(there, there.ipv4(), 0)) {
            Pipeline pipeline = open("nfqueue:0", offload, Verdict.DROP_FLOW, false);
            try (pipeline) {
                pipeline.start();
                Datagrams.until(
                        "the kernel drops the flow",
                        () -> inKernel(pipeline, KernelOutcome.FLOW_DROPPED) > 0,
                        () -> Datagrams.send(from, here.ipv4(), PORT, 1));
                long received = pipeline.ledger().received();
                long dropped = inKernel(pipeline, KernelOutcome.FLOW_DROPPED);
                for (int i = 0; i < 10; i++) {
                    Datagrams.send(from, here.ipv4(), PORT, 2);
                }
                Datagrams.send(from, here.ipv4(), OTHER_PORT, 3);
                assertEquals(3, Datagrams.receive(other));
                assertEquals(dropped + 10, inKernel(pipeline, KernelOutcome.FLOW_DROPPED));
                assertEquals(received + 1, pipeline.ledger().received());
                assertTrue(pipeline.explain().contains("eth0: "), pipeline.explain());
            }
            last = pipeline.ledger();
        }
        assertTrue(last.isBalanced());
        assertTrue(last.inKernel().get(KernelOutcome.FLOW_DROPPED) > 10, "the counts outlive the pipeline");
    }

    @Test
    void anAcceptedFlowIsKeptOutOfTheQueueByItsMark() {
        here.run(
                "iptables",
                "-A",
                "INPUT",
                "-p",
                "udp",
                "-m",
                "mark",
                "!",
                "--mark",
                "0x1/0x1",
                "-j",
                "NFQUEUE",
                "--queue-num",
                "0");
        try (DatagramSocket at = Datagrams.open(here, here.ipv4(), PORT);
                DatagramSocket from = Datagrams.open(there, there.ipv4(), 0);
                Pipeline pipeline = open("nfqueue:0", "bpf:eth0?accept-mark=0x1/0x1", Verdict.ACCEPT_FLOW, false)) {
            pipeline.start();
            Datagrams.until(
                    "the kernel accepts the flow", () -> inKernel(pipeline, KernelOutcome.FLOW_ACCEPTED) > 0, () -> {
                        Datagrams.send(from, here.ipv4(), PORT, 1);
                        assertEquals(1, Datagrams.receive(at));
                    });
            long received = pipeline.ledger().received();
            for (int i = 2; i < 10; i++) {
                Datagrams.send(from, here.ipv4(), PORT, i);
                assertEquals(i, Datagrams.receive(at));
            }
            assertEquals(received, pipeline.ledger().received());
        }
    }

    @Test
    void aBlocklistOfARunningPipelineIsInForceAtOnce() {
        here.run("iptables", "-A", "INPUT", "-p", "udp", "-j", "NFQUEUE", "--queue-num", "0");
        try (DatagramSocket at = Datagrams.open(here, here.ipv4(), OTHER_PORT);
                DatagramSocket from = Datagrams.open(there, there.ipv4(), 0);
                Pipeline pipeline = open("nfqueue:0", "bpf:eth0", Verdict.CONTINUE, false)) {
            pipeline.start();
            pipeline.kernelFilter()
                    .orElseThrow()
                    .block(Blocklist.builder().port(Protocols.UDP, PORT).build());
            Datagrams.send(from, here.ipv4(), PORT, 1);
            Datagrams.send(from, here.ipv4(), OTHER_PORT, 2);
            assertEquals(2, Datagrams.receive(at));
            assertEquals(1, inKernel(pipeline, KernelOutcome.BLOCKED_PORT));
            assertEquals(1, pipeline.ledger().received());
        }
    }

    @Test
    void aFlowSeenByAfPacketIsDroppedBeforeIt() {
        try (DatagramSocket from = Datagrams.open(there, there.ipv4(), 0);
                Pipeline pipeline = open("afpacket:eth0", "bpf:eth0", Verdict.DROP_FLOW, true)) {
            pipeline.start();
            Datagrams.until(
                    "the kernel drops the flow",
                    () -> inKernel(pipeline, KernelOutcome.FLOW_DROPPED) > 0,
                    () -> Datagrams.send(from, here.ipv4(), PORT, 1));
            long ofTheFlow = pipeline.ledger().decisions().count(Cause.FLOW_VERDICT);
            long dropped = inKernel(pipeline, KernelOutcome.FLOW_DROPPED);
            for (int i = 0; i < 10; i++) {
                Datagrams.send(from, here.ipv4(), PORT, 2);
            }
            Datagrams.until(
                    "all are dropped", () -> inKernel(pipeline, KernelOutcome.FLOW_DROPPED) == dropped + 10, () -> {});
            assertEquals(ofTheFlow, pipeline.ledger().decisions().count(Cause.FLOW_VERDICT));
        }
    }

    @Test
    void anAdvisoryPipelineOfAnInlineCaptureIsRefused() {
        WeirException refusal =
                assertThrows(WeirException.class, () -> open("nfqueue:0", "bpf:eth0", Verdict.DROP_FLOW, true));
        assertTrue(refusal.getMessage().contains(".offload()"), refusal.getMessage());
        String link = here.ip("-d", "link", "show", "eth0");
        assertTrue(!link.contains("prog/xdp"), link);
    }
}
