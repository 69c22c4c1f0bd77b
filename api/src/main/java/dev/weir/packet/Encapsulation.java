package dev.weir.packet;

import dev.weir.LinkType;

/**
 * Finds the outermost IP header behind the link header and what may stand between the two: VLAN and other tags, labels,
 * session headers, LLC, and Ethernet within Ethernet. Writes into a {@link Headers}.
 *
 * <p>Every step moves forward, and nothing is read twice: the walk ends with the packet, whatever it says.
 */
final class Encapsulation {
    // IEEE 802 numbers, "Ethertypes", those that nobody else looks into; the others are in EtherTypes
    private static final int TYPE_TRILL = 0x22f3;
    private static final int TYPE_FABRICPATH = 0x8903;
    private static final int TYPE_VNTAG = 0x8926;
    private static final int TYPE_ETAG = 0x893f;
    private static final int TYPE_NSH = 0x894f;
    private static final int TYPE_MACSEC = 0x88e5;
    private static final int TYPE_BACKBONE = 0x88e7;

    /** tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html. */
    private static final int SLL_LENGTH = 16;

    private static final int SLL_PROTOCOL_OFFSET = 14;

    /** The protocol of a cooked packet that begins with an LLC header: {@code ETH_P_802_2} of linux/if_ether.h. */
    private static final int SLL_LLC = 4;

    /** tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html. */
    private static final int SLL2_LENGTH = 20;

    private static final int SLL2_PROTOCOL_OFFSET = 0;

    /** The address family of BSD loopback. */
    private static final int FAMILY_LENGTH = 4;

    private static final int AF_INET = 2;
    private static final int AF_INET6_LINUX = 10;
    private static final int AF_INET6_BSD = 24;
    private static final int AF_INET6_FREEBSD = 28;
    private static final int AF_INET6_DARWIN = 30;

    /** IEEE 802.1Q, 9.3: control information, then the next type. */
    private static final int VLAN_LENGTH = 4;

    private static final int VLAN_ID_MASK = 0xfff;

    /** RFC 3032, 2.1: one label; bit 8 marks the bottom of the stack. */
    private static final int LABEL_LENGTH = 4;

    private static final int LABEL_BOTTOM = 0x100;

    /** RFC 4385, 3: what may precede the Ethernet frame of a pseudowire. */
    private static final int CONTROL_WORD_LENGTH = 4;

    /** RFC 2516, 4: six bytes, then the PPP protocol, RFC 1661, 2. */
    private static final int PPPOE_LENGTH = 6;

    private static final int PPP_ADDRESS_AND_CONTROL = 0xff03;
    private static final int PPP_IPV4 = 0x0021;
    private static final int PPP_IPV6 = 0x0057;

    /** IEEE 802.2 with both service access points, and RFC 1042: SNAP, unnumbered information, organization 0. */
    private static final int LLC_LENGTH = 3;

    private static final int LLC_IP = 0x0606;
    private static final int LLC_SNAP = 0xaaaa;
    private static final int LLC_UNNUMBERED_INFORMATION = 3;
    private static final int SNAP_TYPE_OFFSET = 6;
    private static final int SNAP_LENGTH = 8;

    /** RFC 6325, 3.1: six bytes and the options, whose length in words stands in five bits. */
    private static final int TRILL_LENGTH = 6;

    /** Forwarding tag and time to live. */
    private static final int FABRICPATH_LENGTH = 2;

    /** Both virtual interfaces, then the next type. */
    private static final int VNTAG_LENGTH = 6;

    /** IEEE 802.1BR, 7.6: the E-channel identifiers, then the next type. */
    private static final int ETAG_LENGTH = 8;

    /** IEEE 802.1Q, 9.7: the service instance, then the customer's frame. */
    private static final int BACKBONE_LENGTH = 4;

    /** IEEE 802.1AE, 9.3: without and with the secure channel identifier. */
    private static final int MACSEC_LENGTH = 6;

    private static final int MACSEC_LENGTH_WITH_CHANNEL = 14;
    private static final int MACSEC_HAS_CHANNEL = 0x20;
    private static final int MACSEC_ENCRYPTED_OR_CHANGED = 0x0c;

    /** RFC 8300, 2.2: the length in words of four bytes, and the next protocol. */
    private static final int NSH_MIN_LENGTH = 8;

    private static final int NSH_LENGTH_OFFSET = 1;
    private static final int NSH_LENGTH_MASK = 0x3f;
    private static final int NSH_PROTOCOL_OFFSET = 3;
    private static final int NSH_IPV4 = 1;
    private static final int NSH_IPV6 = 2;
    private static final int NSH_ETHERNET = 3;
    private static final int NSH_MPLS = 5;

    private static final int NOTHING = -1;

    private Encapsulation() {}

    /** Decodes a packet of a link type other than Ethernet; of an unknown one nothing is decoded. */
    static void decode(Headers headers, Bytes bytes, int linkType) {
        switch (linkType) {
            case LinkType.RAW -> ipByVersion(headers, bytes, 0);
            case LinkType.IPV4 -> headers.ipv4(bytes, 0);
            case LinkType.IPV6 -> headers.ipv6(bytes, 0);
            case LinkType.NULL, LinkType.LOOP -> {
                if (bytes.length() >= FAMILY_LENGTH) {
                    family(headers, bytes, bytes.i32(0));
                }
            }
            case LinkType.LINUX_SLL -> {
                if (bytes.length() >= SLL_LENGTH) {
                    cooked(headers, bytes, bytes.u16(SLL_PROTOCOL_OFFSET), SLL_LENGTH);
                }
            }
            case LinkType.LINUX_SLL2 -> {
                if (bytes.length() >= SLL2_LENGTH) {
                    cooked(headers, bytes, bytes.u16(SLL2_PROTOCOL_OFFSET), SLL2_LENGTH);
                }
            }
            default -> {
                // delivered with length and link type, no headers
            }
        }
    }

    /** In the byte order of the writer, and with the number of its system: what is too large is the other order. */
    private static void family(Headers headers, Bytes bytes, int family) {
        switch ((family & 0xffff_0000) != 0 ? Integer.reverseBytes(family) : family) {
            case AF_INET -> headers.ipv4(bytes, FAMILY_LENGTH);
            case AF_INET6_LINUX, AF_INET6_BSD, AF_INET6_FREEBSD, AF_INET6_DARWIN -> headers.ipv6(bytes, FAMILY_LENGTH);
            default -> {
                // not IP
            }
        }
    }

    private static void cooked(Headers headers, Bytes bytes, int protocol, int offset) {
        if (protocol > EthernetView.MAX_8023_LENGTH) {
            walk(headers, bytes, protocol, offset);
        } else if (protocol == SLL_LLC) {
            int type = llc(headers, bytes, offset);
            if (type != NOTHING) {
                walk(headers, bytes, type, offset + SNAP_LENGTH);
            }
        }
    }

    /** Goes on from a type and what it announces. */
    static void walk(Headers headers, Bytes bytes, int type, int offset) {
        int next = type;
        int at = offset;
        while (next != NOTHING) {
            headers.etherType(next);
            // What a type announces begins with a few bytes; who has not even those is cut off.
            switch (next) {
                case EtherTypes.IPV4 -> {
                    headers.ipv4(bytes, at);
                    return;
                }
                case EtherTypes.IPV6 -> {
                    headers.ipv6(bytes, at);
                    return;
                }
                case EtherTypes.VLAN, EtherTypes.SERVICE_VLAN, EtherTypes.SERVICE_VLAN_OLD -> {
                    if (bytes.length() < at + 2) {
                        return;
                    }
                    headers.addVlan(bytes.u16(at) & VLAN_ID_MASK);
                    at += VLAN_LENGTH;
                    next = typeBefore(bytes, at);
                }
                case EtherTypes.MPLS, EtherTypes.MPLS_MULTICAST -> {
                    at = behindLabels(bytes, at);
                    at = insideLabels(headers, bytes, at);
                    next = typeBefore(bytes, at);
                }
                case EtherTypes.PPPOE_SESSION -> {
                    ppp(headers, bytes, at + PPPOE_LENGTH);
                    return;
                }
                case EtherTypes.PPP -> {
                    ppp(headers, bytes, behindAddressAndControl(bytes, at));
                    return;
                }
                case EtherTypes.TRANSPARENT_ETHERNET -> {
                    at += EthernetView.LENGTH;
                    next = typeBefore(bytes, at);
                }
                case TYPE_TRILL -> {
                    if (bytes.length() < at + TRILL_LENGTH) {
                        return;
                    }
                    int optionWords = bytes.u16(at) >>> 6 & 0x1f;
                    at += TRILL_LENGTH + optionWords * 4 + EthernetView.LENGTH;
                    next = typeBefore(bytes, at);
                }
                case TYPE_FABRICPATH -> {
                    at += FABRICPATH_LENGTH + EthernetView.LENGTH;
                    next = typeBefore(bytes, at);
                }
                case TYPE_BACKBONE -> {
                    at += BACKBONE_LENGTH + EthernetView.LENGTH;
                    next = typeBefore(bytes, at);
                }
                case TYPE_VNTAG -> {
                    at += VNTAG_LENGTH;
                    next = typeBefore(bytes, at);
                }
                case TYPE_ETAG -> {
                    at += ETAG_LENGTH;
                    next = typeBefore(bytes, at);
                }
                case TYPE_MACSEC -> {
                    if (bytes.length() <= at || (bytes.u8(at) & MACSEC_ENCRYPTED_OR_CHANGED) != 0) {
                        return;
                    }
                    boolean channel = (bytes.u8(at) & MACSEC_HAS_CHANNEL) != 0;
                    at += (channel ? MACSEC_LENGTH_WITH_CHANNEL : MACSEC_LENGTH) + 2;
                    next = typeBefore(bytes, at);
                }
                case TYPE_NSH -> {
                    if (bytes.length() < at + NSH_MIN_LENGTH) {
                        return;
                    }
                    int length = Math.max(NSH_MIN_LENGTH, (bytes.u8(at + NSH_LENGTH_OFFSET) & NSH_LENGTH_MASK) * 4);
                    int protocol = bytes.u8(at + NSH_PROTOCOL_OFFSET);
                    at += length + (protocol == NSH_ETHERNET ? EthernetView.LENGTH : 0);
                    next = switch (protocol) {
                        case NSH_IPV4 -> EtherTypes.IPV4;
                        case NSH_IPV6 -> EtherTypes.IPV6;
                        case NSH_MPLS -> EtherTypes.MPLS;
                        case NSH_ETHERNET -> typeBefore(bytes, at);
                        default -> NOTHING;
                    };
                }
                default -> {
                    if (next > EthernetView.MAX_8023_LENGTH) {
                        return;
                    }
                    next = llc(headers, bytes, at);
                    at += SNAP_LENGTH;
                }
            }
        }
    }

    /** The type that stands in the two bytes before; {@link #NOTHING} when the packet ends there or they are a length. */
    private static int typeBefore(Bytes bytes, int at) {
        return at >= 2 && bytes.length() >= at ? bytes.u16(at - 2) : NOTHING;
    }

    /** The offset behind the bottom of the label stack; may lie behind the packet's end. */
    private static int behindLabels(Bytes bytes, int offset) {
        int at = offset;
        int label = 0;
        while ((label & LABEL_BOTTOM) == 0 && bytes.length() >= at + LABEL_LENGTH) {
            label = bytes.i32(at);
            at += LABEL_LENGTH;
        }
        return (label & LABEL_BOTTOM) == 0 ? bytes.length() : at;
    }

    /**
     * Labels do not say what follows them: IP is told by its version, and an Ethernet pseudowire (RFC 4448), with control
     * word or without, by a type that fits what stands behind it.
     *
     * @return the offset behind such an Ethernet header, else {@link #NOTHING}
     */
    private static int insideLabels(Headers headers, Bytes bytes, int at) {
        ipByVersion(headers, bytes, at);
        if (headers.isIp()) {
            return NOTHING;
        }
        if (isEthernet(bytes, at + CONTROL_WORD_LENGTH) && bytes.length() > at && bytes.u8(at) >>> 4 == 0) {
            return at + CONTROL_WORD_LENGTH + EthernetView.LENGTH;
        }
        return isEthernet(bytes, at) ? at + EthernetView.LENGTH : NOTHING;
    }

    private static boolean isEthernet(Bytes bytes, int at) {
        int payload = at + EthernetView.LENGTH;
        if (bytes.length() <= payload) {
            return false;
        }
        int version = bytes.u8(payload) >>> 4;
        return switch (bytes.u16(at + EthernetView.TYPE_OFFSET)) {
            case EtherTypes.IPV4 -> version == 4;
            case EtherTypes.IPV6 -> version == 6;
            case EtherTypes.ARP, EtherTypes.VLAN, EtherTypes.SERVICE_VLAN, EtherTypes.SERVICE_VLAN_OLD -> true;
            default -> false;
        };
    }

    /** PPP's two constant bytes, which both ends may agree to leave out (RFC 1661, 6.6). */
    private static int behindAddressAndControl(Bytes bytes, int at) {
        return bytes.length() >= at + 2 && bytes.u16(at) == PPP_ADDRESS_AND_CONTROL ? at + 2 : at;
    }

    private static void ppp(Headers headers, Bytes bytes, int at) {
        if (bytes.length() < at + 2) {
            return;
        }
        boolean compressed = (bytes.u8(at) & 1) != 0; // an odd first byte is the whole number, RFC 1661, 6.5
        int protocol = compressed ? bytes.u8(at) : bytes.u16(at);
        int behind = at + (compressed ? 1 : 2);
        if (protocol == PPP_IPV4) {
            headers.ipv4(bytes, behind);
        } else if (protocol == PPP_IPV6) {
            headers.ipv6(bytes, behind);
        }
    }

    /** The type behind LLC and SNAP, or {@link #NOTHING}; IP that stands right behind LLC is decoded here. */
    private static int llc(Headers headers, Bytes bytes, int at) {
        if (bytes.length() < at + LLC_LENGTH || bytes.u8(at + 2) != LLC_UNNUMBERED_INFORMATION) {
            return NOTHING;
        }
        int accessPoints = bytes.u16(at);
        if (accessPoints == LLC_IP) {
            headers.ipv4(bytes, at + LLC_LENGTH);
            return NOTHING;
        }
        if (accessPoints != LLC_SNAP
                || bytes.length() < at + SNAP_LENGTH
                || bytes.u16(at + LLC_LENGTH) != 0
                || bytes.u8(at + LLC_LENGTH + 2) != 0) {
            return NOTHING;
        }
        int type = bytes.u16(at + SNAP_TYPE_OFFSET);
        return type > EthernetView.MAX_8023_LENGTH ? type : NOTHING;
    }

    private static void ipByVersion(Headers headers, Bytes bytes, int offset) {
        if (bytes.length() > offset) {
            int version = bytes.u8(offset) >>> 4;
            if (version == 4) {
                headers.ipv4(bytes, offset);
            } else if (version == 6) {
                headers.ipv6(bytes, offset);
            }
        }
    }
}
