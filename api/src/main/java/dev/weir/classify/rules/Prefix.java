package dev.weir.classify.rules;

import dev.weir.WeirException;
import dev.weir.packet.IpAddress;

/**
 * Addresses that begin with the same bits (CIDR, RFC 4632 and RFC 4291 section 2.3). IPv4 is written as IPv4-mapped IPv6,
 * as everywhere: its lengths count from 96.
 *
 * @param version 4 or 6
 * @param high the upper 64 bits, zero behind the prefix
 * @param low the lower 64 bits, zero behind the prefix
 * @param length bits that count, 0..128; of IPv4 96..128
 */
record Prefix(int version, long high, long low, int length) {
    private static final int MAPPED_BITS = 96;

    /**
     * {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or an address alone.
     *
     * @throws WeirException for anything else, also when bits are set behind the prefix
     */
    static Prefix parse(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        int bits = address.version() == 4 ? 32 : 128;
        int length = bits;
        if (slash >= 0) {
            String number = text.substring(slash + 1);
            length = number.matches("[0-9]{1,3}") ? Integer.parseInt(number) : bits + 1;
            if (length > bits) {
                throw new WeirException("\"" + text + "\" is not a prefix: its length must be 0 to " + bits);
            }
        }
        int all = address.version() == 4 ? length + MAPPED_BITS : length;
        Prefix prefix =
                new Prefix(address.version(), address.high() & highMask(all), address.low() & lowMask(all), all);
        if (prefix.high != address.high() || prefix.low != address.low()) {
            throw new WeirException("\"" + text + "\" has bits behind its prefix; " + prefix + " is meant?");
        }
        return prefix;
    }

    /** The same prefix cut to a shorter length. */
    Prefix cutTo(int shorter) {
        return new Prefix(version, high & highMask(shorter), low & lowMask(shorter), shorter);
    }

    /** The bits of the upper half that a prefix of this length speaks of. */
    static long highMask(int length) {
        return length == 0 ? 0 : length >= 64 ? -1 : -1L << 64 - length;
    }

    /** The bits of the lower half that a prefix of this length speaks of. */
    static long lowMask(int length) {
        return length <= 64 ? 0 : length == 128 ? -1 : -1L << 128 - length;
    }

    /** As it is written. */
    @Override
    public String toString() {
        return IpAddress.format(version, high, low) + "/" + (version == 4 ? length - MAPPED_BITS : length);
    }
}
