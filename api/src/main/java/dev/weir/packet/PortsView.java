package dev.weir.packet;

/** A transport header that begins with two ports. */
abstract class PortsView extends TransportView {
    private static final int SOURCE_OFFSET = 0;
    private static final int DESTINATION_OFFSET = 2;

    /** 0..65,535. */
    public final int sourcePort() {
        return bytes.u16(SOURCE_OFFSET);
    }

    /** 0..65,535. */
    public final int destinationPort() {
        return bytes.u16(DESTINATION_OFFSET);
    }
}
