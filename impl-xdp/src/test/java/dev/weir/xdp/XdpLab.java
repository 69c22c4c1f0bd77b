package dev.weir.xdp;

import dev.weir.WeirException;
import dev.weir.spi.CaptureName;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.Options;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Two hosts with a cable: what is sent there arrives here. IPv6 is off, so that nothing comes by itself. */
final class XdpLab {
    static final String INTERFACE = "eth0";

    private static final int IN_FLIGHT = 1_000;

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
}
