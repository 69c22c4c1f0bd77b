package dev.weir.packet.dns;

import dev.weir.packet.Bytes;

/**
 * Names within a message, with compression (RFC 1035, 4.1.4). Pointers may lead forward as well: resolvers follow them, so
 * Weir must read what they read.
 *
 * <p>Why each loop here ends: a turn either takes a label, and the labels of a name are at most 254 octets, or follows a
 * pointer, and at most {@link #MAX_POINTERS} are followed. A circle of pointers uses those up.
 */
final class NameReader {
    /** A pointer that is of use stands behind a label or leads to one: as many as a name can have labels. */
    static final int MAX_POINTERS = DnsName.MAX_LABELS;

    /** The upper two bits of a length octet: 00 a label, 11 a pointer, others were never assigned or are withdrawn. */
    private static final int POINTER = 0xc0;

    private static final int POINTER_LENGTH = 2;
    private static final int POINTER_TARGET = 0x3fff;

    private NameReader() {}

    /**
     * Checks a name.
     *
     * @return where it ends in place in the lower half, and the turns it took in the upper; negative when it is no name
     */
    static long check(Bytes message, int offset) {
        int at = offset;
        int end = -1;
        int octets = 0;
        int pointers = 0;
        long turns = 1;
        while (at < message.length()) {
            int first = message.u8(at);
            if (first == 0) {
                return turns << 32 | (end < 0 ? at + 1 : end);
            }
            if (first <= DnsName.MAX_LABEL_LENGTH) {
                octets += 1 + first;
                at += 1 + first;
                if (octets >= DnsName.MAX_WIRE_LENGTH) {
                    return -1;
                }
            } else if (first >= POINTER && at + POINTER_LENGTH <= message.length()) {
                if (end < 0) {
                    end = at + POINTER_LENGTH;
                }
                if (++pointers > MAX_POINTERS) {
                    return -1;
                }
                at = message.u16(at) & POINTER_TARGET;
            } else {
                return -1;
            }
            turns++;
        }
        return -1;
    }

    /** Where a checked name ends in place: behind its first pointer or the root. */
    static int end(Bytes message, int offset) {
        int at = offset;
        int first = message.u8(at);
        while (first != 0 && first < POINTER) { // a label takes two octets at least: ends with the message
            at += 1 + first;
            first = message.u8(at);
        }
        return first == 0 ? at + 1 : at + POINTER_LENGTH;
    }

    /**
     * Reads a name into {@code name}.
     *
     * @return false when it is no name; {@code name} is then the root
     */
    static boolean read(Bytes message, int offset, DnsName name) {
        name.clear();
        int at = offset;
        int pointers = 0;
        while (at < message.length()) {
            int first = message.u8(at);
            if (first == 0) {
                name.finish();
                return true;
            }
            if (first <= DnsName.MAX_LABEL_LENGTH) {
                if (at + 1 + first > message.length() || !name.beginLabel(first)) {
                    break;
                }
                name.append(message, at + 1, first);
                at += 1 + first;
            } else {
                if (first < POINTER || at + POINTER_LENGTH > message.length() || ++pointers > MAX_POINTERS) {
                    break;
                }
                at = message.u16(at) & POINTER_TARGET;
            }
        }
        name.clear();
        return false;
    }
}
