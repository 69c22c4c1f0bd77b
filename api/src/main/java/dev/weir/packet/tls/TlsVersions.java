package dev.weir.packet.tls;

/** Protocol versions as they stand in hellos, two bytes (RFC 8446, 4.1.2 and 4.2.1). */
public final class TlsVersions {
    public static final int SSL_2 = 0x0002;
    public static final int SSL_3 = 0x0300;
    public static final int TLS_1_0 = 0x0301;
    public static final int TLS_1_1 = 0x0302;
    public static final int TLS_1_2 = 0x0303;
    public static final int TLS_1_3 = 0x0304;

    /** The upper byte of the versions that drafts of TLS 1.3 used; the lower one is the number of the draft. */
    private static final int DRAFT = 0x7f;

    private TlsVersions() {}

    /** The number of the TLS 1.3 draft that a version stands for; 0 for none. */
    public static int draft(int version) {
        return version >>> 8 == DRAFT ? version & 0xff : 0;
    }

    /** As Suricata prints it: {@code TLS 1.3}, {@code TLSv1}, {@code SSLv3}, {@code TLS 1.3 draft-28}, else the number. */
    public static String name(int version) {
        return switch (version) {
            case SSL_2 -> "SSLv2";
            case SSL_3 -> "SSLv3";
            case TLS_1_0 -> "TLSv1";
            case TLS_1_1 -> "TLS 1.1";
            case TLS_1_2 -> "TLS 1.2";
            case TLS_1_3 -> "TLS 1.3";
            default -> draft(version) > 0 ? "TLS 1.3 draft-" + draft(version) : String.format("0x%04x", version);
        };
    }
}
