package dev.weir.xdp.filter;

/** The structs and numbers of {@code src/main/bpf/weir.h}; a test holds the structs against the objects' BTF. */
final class Layout {
    // enum weir_outcome
    static final int WEIR_PASSED = 0;
    static final int WEIR_STEERED = 1;
    static final int WEIR_NO_SOCKET = 2;
    static final int WEIR_FLOW_ACCEPTED = 3;
    static final int WEIR_FLOW_DROPPED = 4;
    static final int WEIR_BLOCKED_IPV4 = 5;
    static final int WEIR_BLOCKED_IPV6 = 6;
    static final int WEIR_BLOCKED_PORT = 7;
    static final int WEIR_BLOCKED_FLOW = 8;
    static final int WEIR_OUTCOMES = 9;

    // The lower half of weir_control.blocklist.
    static final int WEIR_BLOCK_HOSTS4 = 1 << 0;
    static final int WEIR_BLOCK_HOSTS6 = 1 << 1;
    static final int WEIR_BLOCK_PREFIXES4 = 1 << 2;
    static final int WEIR_BLOCK_PREFIXES6 = 1 << 3;
    static final int WEIR_BLOCK_PORTS = 1 << 4;
    static final int WEIR_BLOCK_FLOWS = 1 << 5;
    static final int WEIR_BLOCK_SOURCES = 1 << 6;
    static final int WEIR_BLOCK_DESTINATIONS = 1 << 7;
    /** The bit above the lower half. */
    static final int WEIR_BLOCK_GENERATION_SHIFT = 32;

    static final int WEIR_SOURCE = 1;
    static final int WEIR_DESTINATION = 2;

    static final int WEIR_STEER_VLANS = 1 << 0;
    static final int WEIR_STEER_PROTOCOLS = 1 << 1;
    static final int WEIR_STEER_PORTS = 1 << 2;
    static final int WEIR_STEER_PREFIXES4 = 1 << 3;
    static final int WEIR_STEER_PREFIXES6 = 1 << 4;
    static final int WEIR_STEER_LISTED = 1 << 31;

    static final int WEIR_TO_WEIR = 1;
    static final int WEIR_TO_KERNEL = 2;

    static final int WEIR_OVER = 8;

    /** Key of {@code block_hosts6}: an address in network order. */
    static final int HOST6_BYTES = 16;

    private Layout() {}

    /** {@code struct weir_control}. */
    static final class Control {
        static final int BYTES = 40;
        static final int BLOCKLIST = 0;
        static final int FLOW_LIFETIME_NS = 8;
        static final int STEERING = 16;
        static final int ACCEPT_MARK = 20;
        static final int ACCEPT_MASK = 24;
        static final int STEER_MARK = 28;
        static final int STEER_MASK = 32;

        private Control() {}
    }

    /** {@code struct weir_count}. */
    static final class Count {
        static final int BYTES = 16;
        static final int PACKETS = 0;
        static final int BYTE_COUNT = 8;

        private Count() {}
    }

    /** {@code struct weir_prefix4}. */
    static final class Prefix4 {
        static final int BYTES = 8;
        static final int LENGTH = 0;
        /** Network order. */
        static final int ADDRESS = 4;

        private Prefix4() {}
    }

    /** {@code struct weir_prefix6}. */
    static final class Prefix6 {
        static final int BYTES = 20;
        static final int LENGTH = 0;
        /** Network order, 128 bits. */
        static final int ADDRESS = 4;

        private Prefix6() {}
    }

    /** {@code struct weir_flow_key}; addresses and ports in network order. */
    static final class FlowKeyStruct {
        static final int BYTES = 44;
        static final int LOW_ADDRESS = 0;
        static final int HIGH_ADDRESS = 16;
        static final int LOW_PORT = 32;
        static final int HIGH_PORT = 34;
        static final int PROTOCOL = 36;
        static final int VERSION = 37;
        static final int RESERVED = 38;
        static final int VLAN = 40;

        private FlowKeyStruct() {}
    }

    /** {@code struct weir_flow}. */
    static final class Flow {
        static final int BYTES = 32;
        static final int PACKETS = 0;
        static final int BYTE_COUNT = 8;
        static final int LAST_SEEN_NS = 16;
        static final int OUTCOME = 24;
        static final int STATE = 28;

        private Flow() {}
    }
}
