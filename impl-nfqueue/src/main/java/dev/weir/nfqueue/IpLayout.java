package dev.weir.nfqueue;

/** Where fields stand in the headers that answers to rejected packets are made of, and read from. */
final class IpLayout {
    // RFC 791 section 3.1
    static final int IPV4_BYTES = 20;
    static final int IPV4_TOTAL_LENGTH = 2;
    static final int IPV4_FRAGMENT = 6;
    static final int IPV4_DONT_FRAGMENT = 0x4000;
    static final int IPV4_TTL = 8;
    static final int IPV4_PROTOCOL = 9;
    static final int IPV4_CHECKSUM = 10;
    static final int IPV4_SOURCE = 12;
    static final int IPV4_DESTINATION = 16;

    // RFC 8200 section 3
    static final int IPV6_BYTES = 40;
    static final int IPV6_PAYLOAD_LENGTH = 4;
    static final int IPV6_NEXT_HEADER = 6;
    static final int IPV6_HOP_LIMIT = 7;
    static final int IPV6_SOURCE = 8;
    static final int IPV6_DESTINATION = 24;
    static final int IPV6_ADDRESS_BYTES = 16;

    // RFC 9293 section 3.1
    static final int TCP_BYTES = 20;
    static final int TCP_SOURCE_PORT = 0;
    static final int TCP_DESTINATION_PORT = 2;
    static final int TCP_SEQUENCE = 4;
    static final int TCP_ACKNOWLEDGEMENT = 8;
    static final int TCP_DATA_OFFSET = 12;
    static final int TCP_FLAGS = 13;
    static final int TCP_CHECKSUM = 16;
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int ACK = 0x10;

    // RFC 768
    static final int UDP_CHECKSUM = 6;

    // RFC 792, RFC 4443 section 2.1
    static final int ICMP_TYPE = 0;
    static final int ICMP_CODE = 1;
    static final int ICMP_CHECKSUM = 2;
    static final int ICMP_ERROR_BYTES = 8;

    /** RFC 792: destination unreachable; RFC 1812 section 5.2.7.1: communication administratively prohibited. */
    static final int ICMP_UNREACHABLE = 3;

    static final int ICMP_PROHIBITED = 13;

    /** RFC 4443 section 3.1: destination unreachable, communication administratively prohibited. */
    static final int ICMPV6_UNREACHABLE = 1;

    static final int ICMPV6_PROHIBITED = 1;

    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMPV6 = 58;

    /** The recommended hop limit of the Assigned Numbers. */
    static final int HOP_LIMIT = 64;

    private IpLayout() {}
}
