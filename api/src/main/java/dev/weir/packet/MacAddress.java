package dev.weir.packet;

/** Ethernet addresses: 48 bits in the lower part of a long, the first byte on the wire uppermost. */
public final class MacAddress {
    /** The address of everybody on the link. */
    public static final long BROADCAST = 0xffff_ffff_ffffL;

    /** IEEE 802.3, 3.2.3: the first bit on the wire tells groups from single stations. */
    private static final long GROUP = 1L << 40;

    private static final int BYTES = 6;

    private MacAddress() {}

    static long read(Bytes bytes, int offset) {
        return (long) bytes.u16(offset) << 32 | bytes.u32(offset + 2);
    }

    /** True for multicast and broadcast addresses. */
    public static boolean isGroup(long address) {
        return (address & GROUP) != 0;
    }

    /** The usual notation, {@code 02:00:5e:10:00:01}. Allocates. */
    public static String format(long address) {
        StringBuilder text = new StringBuilder(17);
        for (int i = BYTES - 1; i >= 0; i--) {
            int octet = (int) (address >>> 8 * i) & 0xff;
            text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 0xf, 16));
            if (i > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
