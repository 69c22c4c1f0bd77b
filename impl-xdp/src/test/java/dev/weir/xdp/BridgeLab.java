package dev.weir.xdp;

import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;

/** Left and right with a host between them that has a cable to each. IPv6 is off, so that nothing comes by itself. */
final class BridgeLab {
    static final String BOTH = "eth0,eth1";

    private final LabHost left;
    private final LabHost middle;
    private final LabHost right;

    BridgeLab(NetworkLab network) {
        left = network.host("left");
        middle = network.host("middle");
        right = network.host("right");
        network.connect(left, middle);
        network.connect(middle, right);
        for (LabHost host : network.hosts()) {
            XdpLab.silence(host);
        }
    }

    LabHost left() {
        return left;
    }

    LabHost middle() {
        return middle;
    }

    LabHost right() {
        return right;
    }

    /** Takes what arrives at a host. */
    static XdpSource arrivals(LabHost host) {
        return XdpLab.capture(host, XdpLab.INTERFACE + "?frames=8192");
    }
}
