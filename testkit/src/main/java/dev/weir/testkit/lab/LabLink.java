package dev.weir.testkit.lab;

/**
 * A cable between two hosts.
 *
 * @param left one host
 * @param leftEnd its interface
 * @param right the other host
 * @param rightEnd its interface
 */
public record LabLink(LabHost left, LabInterface leftEnd, LabHost right, LabInterface rightEnd) {
    /** Pulls the cable: the left end goes down, and the right end loses its carrier. */
    public void pull() {
        left.ip("link", "set", leftEnd.name(), "down");
    }

    /** Plugs it in again; the left end has to be given its IPv6 address again, which the kernel took away. */
    public void plug() {
        left.ip("link", "set", leftEnd.name(), "up");
        left.ip("-6", "addr", "replace", leftEnd.ipv6() + "/64", "dev", leftEnd.name(), "nodad");
        left.awaitCarrier(leftEnd);
        right.awaitCarrier(rightEnd);
    }
}
