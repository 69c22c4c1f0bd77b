package dev.weir.packet.quic;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The versions whose Initial packets can be read, and what sets them apart: the number, the salt of the keys and the
 * labels (RFC 9001, 5.2; RFC 9369, 3.3.1 and 3.3.2; for the drafts section 5.2 of draft-ietf-quic-tls of that number),
 * and how packet types are numbered.
 */
public enum QuicVersion {
    VERSION_1("1", 0x0000_0001, 0x0000_0001, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic", 0),
    VERSION_2("2", 0x6b33_43cf, 0x6b33_43cf, "0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2", 1),
    DRAFT_33_TO_34("", 0xff00_0021, 0xff00_0022, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic", 0),
    DRAFT_29_TO_32("", 0xff00_001d, 0xff00_0020, "afbfec289993d24c9e9786f19c6111e04390a899", "quic", 0),
    DRAFT_23_TO_28("", 0xff00_0017, 0xff00_001c, "c3eef712c72ebb5a11a7d2432bb46365bef9f502", "quic", 0);

    private static final QuicVersion[] ALL = values();

    private final String name;
    private final int lowest;
    private final int highest;
    private final byte[] salt;
    private final String labels;
    private final int typeShift;

    QuicVersion(String name, int lowest, int highest, String salt, String labels, int typeShift) {
        this.name = name;
        this.lowest = lowest;
        this.highest = highest;
        this.salt = HexFormat.of().parseHex(salt);
        this.labels = labels;
        this.typeShift = typeShift;
    }

    /** The version with a number, or null for one that is not known, negotiation (0) included. */
    public static QuicVersion of(int number) {
        for (QuicVersion version : ALL) {
            if (number >= version.lowest && number <= version.highest) { // both negative or both positive
                return version;
            }
        }
        return null;
    }

    /** A version's number as people write it: {@code 1}, {@code 2}, {@code draft-29}, else in hexadecimal. */
    public static String name(int number) {
        QuicVersion version = of(number);
        if (version == null) {
            return String.format("0x%08x", number);
        }
        return version.name.isEmpty() ? "draft-" + (number & 0xff) : version.name;
    }

    byte[] salt() {
        return salt.clone();
    }

    /** The label of a key as TLS 1.3 derives it: {@code quic key}, {@code quicv2 hp}, … */
    byte[] label(String purpose) {
        return (labels + " " + purpose.toLowerCase(Locale.ROOT)).getBytes(StandardCharsets.US_ASCII);
    }

    /** The two type bits of a long header as version 1 numbers them (RFC 9000, 17.2): version 2 rotates them. */
    int type(int bits) {
        return bits - typeShift & 3;
    }
}
