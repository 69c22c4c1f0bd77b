package dev.weir.packet.tls;

import dev.weir.packet.Bytes;

/**
 * A ClientHello (RFC 8446, 4.1.2; the same layout since SSL 3). Wrapped over one handshake message; offsets that it tells
 * count from the message's first byte. What it says about its own lengths is checked once, when it is wrapped; an
 * extension whose inside contradicts itself is listed in {@link #extensions()} and otherwise read as if it were not there.
 * Where an extension is there twice, the first one counts.
 *
 * <p>Reused, by one thread at a time. Finding a browser's hello in its record and wrapping
 * it costs about 200 ns and allocates nothing.
 */
public final class ClientHelloView {
    /** The handshake type (RFC 8446, 4). */
    public static final int TYPE = 1;

    private static final int HEADER_LENGTH = 4; // type 1, length 3
    private static final int VERSION_OFFSET = HEADER_LENGTH;
    private static final int RANDOM_OFFSET = VERSION_OFFSET + 2;
    private static final int RANDOM_LENGTH = 32;
    private static final int SESSION_ID_OFFSET = RANDOM_OFFSET + RANDOM_LENGTH;
    private static final int MAX_SESSION_ID_LENGTH = 32;
    private static final int HOST_NAME = 0; // RFC 6066, 3
    private static final int NAME_HEADER_LENGTH = 3; // type 1, length 2

    private final Bytes message = new Bytes();
    private final TlsExtensions extensions = new TlsExtensions(message);
    private final TlsCodes cipherSuites = new TlsCodes(message, 2);
    private final TlsCodes compressionMethods = new TlsCodes(message, 1);
    private final TlsCodes supportedVersions = new TlsCodes(message, 2);
    private final TlsCodes supportedGroups = new TlsCodes(message, 2);
    private final TlsCodes pointFormats = new TlsCodes(message, 1);
    private final TlsCodes signatureAlgorithms = new TlsCodes(message, 2);
    private final TlsKeyShares keyShares = new TlsKeyShares(message);
    private final TlsNames alpn = new TlsNames(message);
    private int serverNameOffset;
    private int serverNameLength;

    /** A view of nothing, to be wrapped. */
    public ClientHelloView() {}

    /**
     * Moves the view over a handshake message, its four-byte header included.
     *
     * @return false when the bytes are no ClientHello, or not exactly one; the view is then empty
     */
    public boolean wrap(Bytes source, int offset, int length) {
        clear();
        message.wrap(source, offset, length);
        if (valid()) {
            return true;
        }
        clear();
        return false;
    }

    private void clear() {
        extensions.clear();
        cipherSuites.clear();
        compressionMethods.clear();
        supportedVersions.clear();
        supportedGroups.clear();
        pointFormats.clear();
        signatureAlgorithms.clear();
        keyShares.clear();
        alpn.clear();
        serverNameOffset = 0;
        serverNameLength = 0;
        message.wrap(message, 0, 0);
    }

    private boolean valid() {
        int end = message.length();
        int at = SESSION_ID_OFFSET;
        if (end <= at || message.i32(0) != (TYPE << 24 | end - HEADER_LENGTH)) {
            return false;
        }
        int sessionIdLength = message.u8(at);
        at += 1 + sessionIdLength;
        if (sessionIdLength > MAX_SESSION_ID_LENGTH || at + 2 > end) {
            return false;
        }
        int suitesLength = message.u16(at);
        at += 2;
        if (suitesLength % 2 != 0 || at + suitesLength + 1 > end) {
            return false;
        }
        cipherSuites.at(at, suitesLength);
        at += suitesLength;
        int methodsLength = message.u8(at++);
        if (at + methodsLength > end) {
            return false;
        }
        compressionMethods.at(at, methodsLength);
        at += methodsLength;
        if (at == end) {
            return true; // as before extensions were invented
        }
        if (at + 2 > end || at + 2 + message.u16(at) != end || !extensions.at(at + 2, end)) {
            return false;
        }
        readExtensions();
        return true;
    }

    /** Backwards, so that the first of two counts. */
    private void readExtensions() {
        for (int i = extensions.size() - 1; i >= 0; i--) {
            int offset = extensions.offset(i);
            int length = extensions.lengthBytes(i);
            switch (extensions.type(i)) {
                case TlsExtensionTypes.SERVER_NAME -> serverName(offset, list16(offset, length));
                case TlsExtensionTypes.SUPPORTED_GROUPS -> supportedGroups.at(offset + 2, list16(offset, length));
                case TlsExtensionTypes.EC_POINT_FORMATS -> pointFormats.at(offset + 1, list8(offset, length));
                case TlsExtensionTypes.SIGNATURE_ALGORITHMS ->
                    signatureAlgorithms.at(offset + 2, list16(offset, length));
                case TlsExtensionTypes.ALPN -> alpn.at(offset + 2, list16(offset, length));
                case TlsExtensionTypes.SUPPORTED_VERSIONS -> supportedVersions.at(offset + 1, list8(offset, length));
                case TlsExtensionTypes.KEY_SHARE -> keyShares.at(offset + 2, list16(offset, length));
                default -> {
                    // listed, not read
                }
            }
        }
    }

    /** The length of the list that an extension of {@code length} bytes begins with; 0 when it does not fit. */
    private int list16(int offset, int length) {
        return length >= 2 && message.u16(offset) <= length - 2 ? message.u16(offset) : 0;
    }

    private int list8(int offset, int length) {
        return length >= 1 && message.u8(offset) <= length - 1 ? message.u8(offset) : 0;
    }

    /** The first host name of the list. A name takes three bytes at least, so the walk ends with the list. */
    private void serverName(int offset, int listLength) {
        serverNameLength = 0;
        int end = offset + 2 + listLength;
        for (int at = offset + 2; at + NAME_HEADER_LENGTH <= end; ) {
            int nameLength = message.u16(at + 1);
            if (at + NAME_HEADER_LENGTH + nameLength > end) {
                return;
            }
            if (message.u8(at) == HOST_NAME) {
                serverNameOffset = at + NAME_HEADER_LENGTH;
                serverNameLength = nameLength;
                return;
            }
            at += NAME_HEADER_LENGTH + nameLength;
        }
    }

    /** The handshake message, from its type on. */
    public Bytes message() {
        return message;
    }

    /** The version field; TLS 1.3 leaves it at {@link TlsVersions#TLS_1_2}, see {@link #highestVersion()}. */
    public int legacyVersion() {
        return message.length() == 0 ? 0 : message.u16(VERSION_OFFSET);
    }

    /** The highest version that the client offers, GREASE left out ({@link TlsVersions}). */
    public int highestVersion() {
        int highest = 0;
        for (int i = 0; i < supportedVersions.size(); i++) {
            int version = supportedVersions.get(i);
            if (!TlsExtensionTypes.isGrease(version)) {
                highest = Math.max(highest, version);
            }
        }
        return highest == 0 ? legacyVersion() : highest;
    }

    /** Where the 32 random bytes begin within the message. */
    public int randomOffset() {
        return RANDOM_OFFSET;
    }

    /** Bytes of the session identifier, 0..32. */
    public int sessionIdLength() {
        return message.length() == 0 ? 0 : message.u8(SESSION_ID_OFFSET);
    }

    /** Where the session identifier begins within the message. */
    public int sessionIdOffset() {
        return SESSION_ID_OFFSET + 1;
    }

    /** The cipher suites, most wanted first. */
    public TlsCodes cipherSuites() {
        return cipherSuites;
    }

    /** The compression methods. */
    public TlsCodes compressionMethods() {
        return compressionMethods;
    }

    /** All extensions. */
    public TlsExtensions extensions() {
        return extensions;
    }

    /** The versions offered by extension; empty up to TLS 1.2. */
    public TlsCodes supportedVersions() {
        return supportedVersions;
    }

    /** The named groups ("elliptic curves" before TLS 1.3). */
    public TlsCodes supportedGroups() {
        return supportedGroups;
    }

    /** The formats of elliptic curve points. */
    public TlsCodes pointFormats() {
        return pointFormats;
    }

    /** The signature algorithms. */
    public TlsCodes signatureAlgorithms() {
        return signatureAlgorithms;
    }

    /** The key shares. */
    public TlsKeyShares keyShares() {
        return keyShares;
    }

    /** The application protocols. */
    public TlsNames alpn() {
        return alpn;
    }

    /** Bytes of the server's name; 0 for none. */
    public int serverNameLength() {
        return serverNameLength;
    }

    /** Where the server's name begins within the message. */
    public int serverNameOffset() {
        return serverNameOffset;
    }

    /** The server's name as it was sent, one character a byte; empty for none. Allocates. */
    public String serverName() {
        return serverNameLength == 0 ? "" : TlsNames.text(message, serverNameOffset, serverNameLength);
    }
}
