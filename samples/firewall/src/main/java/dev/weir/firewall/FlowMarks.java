package dev.weir.firewall;

/** The marks by which decided flows are known to the kernel: two bits of the packet's and the connection's mark. */
final class FlowMarks {
    static final String ACCEPT = "0x10000000";
    static final String DROP = "0x20000000";
    static final String MASK = "0x30000000";

    private FlowMarks() {}
}
