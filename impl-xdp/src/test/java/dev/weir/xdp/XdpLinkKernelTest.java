package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.BpfProgram;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What happens to an interface while it is captured from. */
@NetworkLabTest
class XdpLinkKernelTest {
    private static final long PATIENCE_NS = 10_000_000_000L;

    /** The number of bpf(2). */
    private static final String BPF = System.getProperty("os.arch").equals("aarch64") ? "280" : "321";

    /**
     * Finds the XDP link that a program hangs on, and puts another one into its place, or detaches it: commands of
     * {@code linux/bpf.h}. Arguments: the number of bpf(2), both programs' numbers, 0 for none.
     */
    private static final String STRANGER =
            """
            my ($bpf, $ours, $theirs) = @ARGV;
            sub bpf {
                my ($command, $attributes) = @_;
                $attributes .= "\\0" x (128 - length $attributes);
                my $result = syscall($bpf + 0, $command + 0, $attributes, 128);
                return wantarray ? ($result, $attributes) : $result;
            }
            my $number = 0;
            for (1 .. 10000) {
                my ($result, $next) = bpf(31, pack('L', $number)); # BPF_LINK_GET_NEXT_ID
                last if $result < 0;
                $number = unpack('x4 L', $next);
                my $link = bpf(30, pack('L', $number)); # BPF_LINK_GET_FD_BY_ID
                next if $link < 0;
                my $info = "\\0" x 64;
                bpf(15, pack('L L Q', $link, 64, unpack('J', pack('P', $info)))); # BPF_OBJ_GET_INFO_BY_FD
                next unless unpack('L', $info) == 6 && unpack('x8 L', $info) == $ours; # BPF_LINK_TYPE_XDP
                if ($theirs) {
                    my $program = bpf(13, pack('L', $theirs)); # BPF_PROG_GET_FD_BY_ID
                    bpf(29, pack('L L L', $link, $program, 0)) == 0 or die "BPF_LINK_UPDATE: $!";
                } else {
                    bpf(34, pack('L', $link)) == 0 or die "BPF_LINK_DETACH: $!";
                }
                exit 0;
            }
            die "there is no such link";
            """;

    private static XdpQueue first(XdpSource source) {
        return (XdpQueue) source.queues().get(0);
    }

    private static String explained(XdpSource source) {
        return String.join("\n", source.explain());
    }

    /** Lets the owner of the queue look after its interface, until something is so. */
    private static void until(XdpSource source, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, () -> explained(source));
            for (var queue : source.queues()) {
                queue.await(10_000_000);
            }
        }
    }

    private static void assertReceives(XdpLab lab, XdpSource source, int from) {
        try (XdpTransmitter out = lab.transmitter()) {
            XdpLab.send(out, NumberedFrames.frames(from, 20));
            assertEquals(20, XdpLab.numbers(first(source), 20).size());
        }
    }

    @Test
    void aLinkThatWentDownBringsPacketsWhenItIsUpAgain(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0")) {
            assertReceives(lab, source, 0);
            lab.here().ip("link", "set", "eth0", "down");
            until(source, () -> explained(source).contains("the interface eth0 is down"));
            lab.here().ip("link", "set", "eth0", "up");
            until(source, () -> explained(source).contains("the interface eth0 is up"));
            XdpLab.awaitCarrier(lab.here(), "eth0");
            XdpLab.awaitCarrier(lab.there(), "eth0");
            assertReceives(lab, source, 100);
            XdpBridgeKernelTest.assertAllAccountedFor(first(source));
        }
    }

    @Test
    void anInterfaceThatWasMadeAnewIsCapturedFromAndHeldPacketsStayReadable(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0")) {
            XdpQueue queue = first(source);
            List<Slot> held = new ArrayList<>();
            try (XdpTransmitter out = lab.transmitter()) {
                XdpLab.send(out, NumberedFrames.frames(0, 3));
            }
            Slot[] slots = new Slot[8];
            while (held.size() < 3) {
                int count = queue.receive(slots, 8);
                for (int i = 0; i < count; i++) {
                    held.add(slots[i]);
                }
            }
            lab.here().ip("link", "delete", "eth0");
            until(source, () -> explained(source).contains("the interface eth0 is gone"));
            lab.layCable();
            until(source, () -> explained(source).contains("the interface eth0 is up"));
            assertReceives(lab, source, 100);
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(NumberedFrames.frame(i), held.get(i).bytes().toByteArray());
            }
            assertEquals(3, queue.frames().lent());
            held.forEach(queue::release);
            queue.flush();
            XdpBridgeKernelTest.assertAllAccountedFor(queue);
            // The counters of both interfaces together.
            queue.refreshLosses();
        }
    }

    @Test
    void aBridgeComesBackWhenOneSideWasMadeAnew(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge")) {
            XdpQueue queue = first(source);
            lab.middle().ip("link", "delete", "eth1");
            until(source, () -> explained(source).contains("the interface eth1 is gone"));
            try (XdpTransmitter out = XdpLab.transmitter(lab.left(), "eth0")) {
                XdpLab.send(out, NumberedFrames.frames(0, 5));
                // The other side still receives; what should cross is refused, and said.
                int received =
                        XdpLab.receive(queue, 5, slot -> assertEquals(false, queue.verdict(slot, Verdict.ACCEPT)));
                assertEquals(5, received);
            }
            lab.middle()
                    .ip(("link add eth1 type veth peer name eth0 netns "
                                    + lab.right().namespace())
                            .split(" "));
            lab.middle().ip("link", "set", "eth1", "up");
            lab.right().ip("link", "set", "eth0", "up");
            XdpLab.silence(lab.middle());
            XdpLab.silence(lab.right());
            XdpLab.awaitCarrier(lab.right(), "eth0");
            until(source, () -> explained(source).contains("the interface eth1 is up"));
            try (XdpSource atRight = BridgeLab.arrivals(lab.right());
                    XdpTransmitter out = XdpLab.transmitter(lab.left(), "eth0")) {
                XdpLab.send(out, NumberedFrames.frames(10, 5));
                XdpLab.receive(queue, 5, slot -> assertTrue(queue.verdict(slot, Verdict.ACCEPT)));
                assertEquals(5, XdpLab.numbers(atRight.queues().get(0), 5).size());
            }
            XdpBridgeKernelTest.assertAllAccountedFor(queue);
        }
    }

    @Test
    void anotherProgramCannotTakeThePlaceOfOursAndOneThatWasDetachedIsTold(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0")) {
            WeirException refusal =
                    assertThrows(WeirException.class, () -> lab.here().ip("link", "set", "dev", "eth0", "xdp", "off"));
            assertTrue(refusal.getMessage().contains("link"), refusal.getMessage());
            assertReceives(lab, source, 0);
            stranger(lab.here(), 0);
            until(source, () -> explained(source).contains("the XDP program on eth0 was detached by somebody"));
        }
    }

    @Test
    void aProgramThatSomebodyPutIntoThePlaceOfOursIsTold(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0");
                BpfObject other =
                        BpfObject.open(BpfObjectsTest.class, "xdp.bpf.o").load();
                XdpTransmitter out = lab.transmitter()) {
            BpfProgram theirs = other.program("weir_xdp"); // it knows no socket: all goes to the stack
            stranger(lab.here(), theirs.id());
            until(source, () -> explained(source).contains("the XDP program on eth0 was replaced by somebody"));
            XdpLab.send(out, NumberedFrames.frames(0, 20));
            assertEquals(0, XdpLab.numbers(first(source), 0).size());
            stranger(lab.here(), 0);
            until(source, () -> explained(source).contains("the XDP program on eth0 was detached by somebody"));
            XdpBridgeKernelTest.assertAllAccountedFor(first(source));
        }
    }

    /** A process of somebody else, who finds the link by its number. */
    private static void stranger(LabHost host, int program) {
        String link = host.ip("-d", "link", "show", "eth0");
        Matcher attached = Pattern.compile("prog/xdp id (\\d+)").matcher(link);
        assertTrue(attached.find(), link);
        host.run("perl", "-e", STRANGER, BPF, attached.group(1), Integer.toString(program));
    }

    @Test
    void aBridgeOutlivesBothOfItsInterfacesGoingDownAndAway(NetworkLab network) {
        BridgeLab lab = new BridgeLab(network);
        try (XdpSource source = XdpLab.capture(lab.middle(), "eth0,eth1?bridge")) {
            assertCrosses(lab, source, 0);
            for (String name : List.of("eth0", "eth1")) {
                lab.middle().ip("link", "set", name, "down");
            }
            until(
                    source,
                    () -> explained(source).contains("the interface eth0 is down")
                            && explained(source).contains("the interface eth1 is down"));
            for (String name : List.of("eth0", "eth1")) {
                lab.middle().ip("link", "set", name, "up");
            }
            awaitBoth(lab, source);
            assertCrosses(lab, source, 100);
            for (String name : List.of("eth0", "eth1")) {
                lab.middle().ip("link", "delete", name);
            }
            until(
                    source,
                    () -> explained(source).contains("the interface eth0 is gone")
                            && explained(source).contains("the interface eth1 is gone"));
            lay(lab, "eth0", lab.left());
            lay(lab, "eth1", lab.right());
            awaitBoth(lab, source);
            assertCrosses(lab, source, 200);
            XdpBridgeKernelTest.assertAllAccountedFor(first(source));
        }
    }

    private static void lay(BridgeLab lab, String name, LabHost to) {
        lab.middle().ip(("link add " + name + " type veth peer name eth0 netns " + to.namespace()).split(" "));
        lab.middle().ip("link", "set", name, "up");
        to.ip("link", "set", "eth0", "up");
        XdpLab.silence(lab.middle());
        XdpLab.silence(to);
    }

    private static void awaitBoth(BridgeLab lab, XdpSource source) {
        XdpLab.awaitCarrier(lab.left(), "eth0");
        XdpLab.awaitCarrier(lab.right(), "eth0");
        until(
                source,
                () -> explained(source).contains("the interface eth0 is up")
                        && explained(source).contains("the interface eth1 is up"));
    }

    private static void assertCrosses(BridgeLab lab, XdpSource source, int from) {
        XdpQueue queue = first(source);
        try (XdpSource atRight = BridgeLab.arrivals(lab.right());
                XdpTransmitter out = XdpLab.transmitter(lab.left(), "eth0")) {
            XdpLab.send(out, NumberedFrames.frames(from, 5));
            XdpLab.receive(queue, 5, slot -> assertTrue(queue.verdict(slot, Verdict.ACCEPT)));
            assertEquals(5, XdpLab.numbers(atRight.queues().get(0), 5).size());
        }
    }

    @Test
    void aChangedNumberOfQueuesIsTold(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpSource source = XdpLab.capture(lab.here(), "eth0")) {
            // ETHTOOL_SCHANNELS of linux/ethtool.h: two receive and two transmit queues
            lab.here()
                    .run(
                            "perl",
                            "-MSocket",
                            "-e",
                            """
                            socket(my $s, AF_INET, SOCK_DGRAM, 0) or die $!;
                            my $channels = pack('L9', 0x3d, 0, 0, 0, 0, 2, 2, 0, 0);
                            ioctl($s, 0x8946, my $request = pack('a16 P', 'eth0', $channels)) or die $!;
                            """);
            until(source, () -> explained(source).contains("eth0 has 2 receive queues now, and had 1"));
            assertReceives(lab, source, 0);
        }
    }

    @Test
    void aClosedTransmitterRefusesFramesAndDoesNotTouchItsRings(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        XdpTransmitter out = XdpLab.transmitter(lab.here(), "eth0");
        out.close();
        out.close();
        assertThrows(WeirException.class, () -> out.offer(ByteBuffer.wrap(NumberedFrames.frame(1))));
        assertThrows(WeirException.class, out::flush);
        assertEquals(0, out.sent());
        assertEquals(0, out.failed());
    }

    @Test
    void aTransmitterSendsThroughAnInterfaceThatWasMadeAnew(NetworkLab network) {
        XdpLab lab = new XdpLab(network);
        try (XdpTransmitter out = lab.transmitter()) {
            XdpLab.send(out, NumberedFrames.frames(0, 10));
            assertEquals(10, out.sent());
            lab.here().ip("link", "delete", "eth0");
            out.offer(ByteBuffer.wrap(NumberedFrames.frame(10)));
            out.flush();
            lab.layCable();
            try (XdpSource source = XdpLab.capture(lab.here(), "eth0")) {
                long end = System.nanoTime() + PATIENCE_NS;
                while (out.flush() > 0) {
                    assertTrue(System.nanoTime() - end < 0, "the frame that was lost is given up");
                    Thread.onSpinWait();
                }
                assertEquals(1, out.failed());
                for (byte[] frame : NumberedFrames.frames(20, 10)) {
                    out.offer(ByteBuffer.wrap(frame));
                }
                while (out.flush() > 0) {
                    Thread.onSpinWait();
                }
                assertEquals(10, XdpLab.numbers(first(source), 10).size());
                assertEquals(20, out.sent());
                assertTrue(out.frames().isConsistent());
            }
        }
    }
}
