package dev.weir.xdp.filter;

import dev.weir.WeirException;
import dev.weir.packet.IpAddress;

/** An address and how many of its leading bits count: {@code 10.0.0.0/8}, or one address alone. */
record Prefix(IpAddress address, int lengthBits) {
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /** @throws WeirException when it is not one */
    static Prefix parse(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        int bits = address.version() == 4 ? IPV4_BITS : IPV6_BITS;
        if (slash < 0) {
            return new Prefix(address, bits);
        }
        String length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
            throw new WeirException("not a prefix: " + text + " (the length is 0 to " + bits + ")");
        }
        return new Prefix(address, Integer.parseInt(length));
    }
}
