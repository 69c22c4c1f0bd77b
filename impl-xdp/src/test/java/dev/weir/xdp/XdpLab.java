package dev.weir.xdp;

import dev.weir.WeirException;
import dev.weir.linux.Interfaces;
import dev.weir.spi.CaptureName;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Two hosts with a cable: what is sent there arrives here. IPv6 is off, so that nothing comes by itself. */
final class XdpLab {
    static final String INTERFACE = "eth0";

    private static final int IN_FLIGHT = 1_000;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private final LabHost here;
    private final LabHost there;

    XdpLab(NetworkLab network) {
        here = network.host("here");
        there = network.host("there");
        network.connect(here, there);
        silence(here);
        silence(there);
    }

    /** Switches IPv6 off: nothing comes by itself any more. */
    static void silence(LabHost host) {
        host.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
    }

    /** Lays the cable anew, with so many queues at both ends: what is sent by one arrives by that of the same number. */
    void layCableWithQueues(int count) {
        String queues = Integer.toString(count);
        here.ip("link", "delete", INTERFACE);
        here.ip(("link add " + INTERFACE + " numrxqueues " + queues + " numtxqueues " + queues
                        + " type veth peer name " + INTERFACE + " numrxqueues " + queues + " numtxqueues " + queues
                        + " netns " + there.namespace())
                .split(" "));
        layCableUp();
    }

    /** As it was laid at first. */
    void layCable() {
        here.ip(("link add " + INTERFACE + " type veth peer name " + INTERFACE + " netns " + there.namespace())
                .split(" "));
        layCableUp();
    }

    private void layCableUp() {
        for (LabHost host : List.of(here, there)) {
            host.ip("link", "set", INTERFACE, "up");
            silence(host);
        }
        for (LabHost host : List.of(here, there)) {
            awaitCarrier(host, INTERFACE);
        }
    }

    static void awaitCarrier(LabHost host, String name) {
        host.call(() -> {
            long end = System.nanoTime() + PATIENCE_NS;
            while (!Interfaces.require(name).isRunning()) {
                if (System.nanoTime() - end > 0) {
                    throw new WeirException(name + " has no carrier");
                }
                Thread.sleep(2);
            }
            return null;
        });
    }

    LabHost here() {
        return here;
    }

    LabHost there() {
        return there;
    }

    /** On the other side; closed by the test. */
    XdpTransmitter transmitter() {
        return transmitter(there, INTERFACE);
    }

    static XdpTransmitter transmitter(LabHost host, String what) {
        return host.call(() -> (XdpTransmitter) new XdpProvider().openTransmitter(request(what)));
    }

    static CaptureRequest request(String what) {
        CaptureName name = CaptureName.parse("xdp:" + what, Map.of());
        Options options = Options.of("xdp", new XdpProvider().options(), name.options());
        return new CaptureRequest(name.target(), options, IN_FLIGHT, 1 << 24);
    }

    /** Opens a capture in a host; closed by the test. */
    static XdpSource capture(LabHost host, String what) {
        return host.call(() -> XdpSource.open(request(what)));
    }

    /** Sends frames; they have left when it returns. */
    static void send(XdpTransmitter out, List<byte[]> frames) {
        for (byte[] frame : frames) {
            while (!out.offer(ByteBuffer.wrap(frame))) {
                out.flush();
            }
        }
        while (out.flush() > 0) {
            Thread.onSpinWait();
        }
        if (out.failed() > 0) {
            throw new WeirException(out.failed() + " frames were refused");
        }
    }

    /** Receives, until there are so many and no more come for a moment; gives each slot to the action, then back. */
    static int receive(CaptureQueue queue, int count, Consumer<Slot> action) {
        Slot[] slots = new Slot[64];
        int taken = 0;
        long end = System.nanoTime() + PATIENCE_NS;
        while (System.nanoTime() - end < 0) {
            int size = queue.receive(slots, slots.length);
            for (int i = 0; i < size; i++) {
                action.accept(slots[i]);
                queue.release(slots[i]);
            }
            taken += Math.max(size, 0);
            queue.flush();
            if (size == 0 && taken >= count) {
                // and no more
                end = Math.min(end, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50));
            }
            queue.await(TimeUnit.MILLISECONDS.toNanos(10));
        }
        return taken;
    }

    /** The numbers of the frames that come, until there are so many and no more come. */
    static Set<Integer> numbers(CaptureQueue queue, int count) {
        Set<Integer> numbers = new TreeSet<>();
        receive(queue, count, slot -> numbers.add(NumberedFrames.number(slot)));
        return numbers;
    }
}
