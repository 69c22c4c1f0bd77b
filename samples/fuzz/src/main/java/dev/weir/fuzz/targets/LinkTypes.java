package dev.weir.fuzz.targets;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;

/** Link types as one byte of an input, so that each is hit often. */
final class LinkTypes {
    private static final int[] ALL = {
        LinkType.ETHERNET,
        LinkType.RAW,
        LinkType.LINUX_SLL,
        LinkType.LINUX_SLL2,
        LinkType.NULL,
        LinkType.LOOP,
        LinkType.IPV4,
        LinkType.IPV6,
        147
    };

    private LinkTypes() {}

    static int of(int selector) {
        return ALL[selector % ALL.length];
    }

    /** The byte that stands for a link type; that of the first for one that is not among them. */
    static int selector(int linkType) {
        for (int i = 0; i < ALL.length; i++) {
            if (ALL[i] == linkType) {
                return i;
            }
        }
        return 0;
    }

    /** An input of a packet that was captured as a whole: the link type, a zero, the packet. */
    static byte[] input(int linkType, Bytes packet) {
        byte[] input = new byte[2 + packet.length()];
        packet.get(0, input, 2, packet.length());
        input[0] = (byte) selector(linkType);
        return input;
    }
}
