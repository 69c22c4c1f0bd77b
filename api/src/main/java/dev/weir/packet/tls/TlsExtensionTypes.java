package dev.weir.packet.tls;

/** Extension numbers (IANA registry "TLS ExtensionType Values") that the views look into. */
public final class TlsExtensionTypes {
    /** RFC 6066, 3. */
    public static final int SERVER_NAME = 0;

    /** RFC 8446, 4.2.7. */
    public static final int SUPPORTED_GROUPS = 10;

    /** RFC 8422, 5.1.2. */
    public static final int EC_POINT_FORMATS = 11;

    /** RFC 8446, 4.2.3. */
    public static final int SIGNATURE_ALGORITHMS = 13;

    /** RFC 7301, 3.1. */
    public static final int ALPN = 16;

    /** RFC 8446, 4.2.1. */
    public static final int SUPPORTED_VERSIONS = 43;

    /** RFC 8446, 4.2.8. */
    public static final int KEY_SHARE = 51;

    private TlsExtensionTypes() {}

    /**
     * True for the values that clients make up so that servers stay tolerant (GREASE, RFC 8701): {@code 0x0a0a}, {@code
     * 0x1a1a} to {@code 0xfafa}. They stand among cipher suites, extensions, groups, versions and signature algorithms.
     */
    public static boolean isGrease(int value) {
        return (value & 0x0f0f) == 0x0a0a && value >>> 8 == (value & 0xff);
    }
}
