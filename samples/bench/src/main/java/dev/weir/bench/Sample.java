package dev.weir.bench;

/** One window of one contender: what it measured of itself, and how many packets were really sent to it. */
record Sample(Measurement measurement, long sent) {

    double cpuNsPerPacket() {
        return measurement.cpuNsPerPacket();
    }

    double packetsPerSecond() {
        return measurement.packetsPerSecond();
    }

    /** The part of the packets sent that did not reach the receiver, 0 to 1. */
    double loss() {
        return (double) (sent - measurement.packets()) / sent;
    }
}
