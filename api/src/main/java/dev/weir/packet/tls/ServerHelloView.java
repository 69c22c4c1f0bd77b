package dev.weir.packet.tls;

import dev.weir.packet.Bytes;

/**
 * A ServerHello (RFC 8446, 4.1.3; RFC 5246, 7.4.1.3), or a HelloRetryRequest, which has its form. The drafts of TLS 1.3
 * before number 22 left session identifier and compression out; they are read as well. Wrapped over one handshake
 * message; reused, by one thread at a time; allocates nothing but texts.
 */
public final class ServerHelloView {
    /** The handshake type (RFC 8446, 4). */
    public static final int TYPE = 2;

    /** The handshake type of a HelloRetryRequest before draft 22 of TLS 1.3, which has no random bytes. */
    private static final int DRAFT_RETRY_TYPE = 6;

    private static final int FIRST_DRAFT_AS_TLS_1_2 = 22;
    private static final int FIRST_DRAFT_WITH_SUITE_IN_RETRY = 19;

    private static final int HEADER_LENGTH = 4; // type 1, length 3
    private static final int VERSION_OFFSET = HEADER_LENGTH;
    private static final int RANDOM_OFFSET = VERSION_OFFSET + 2;
    private static final int RANDOM_LENGTH = 32;
    private static final int MAX_SESSION_ID_LENGTH = 32;

    /** The random bytes that make a HelloRetryRequest (RFC 8446, 4.1.3), as four numbers. */
    private static final long[] RETRY = {
        0xcf21ad74e59a6111L, 0xbe1d8c021e65b891L, 0xc2a211167abb8c5eL, 0x079e09e2c8a8339cL
    };

    private final Bytes message = new Bytes();
    private final TlsExtensions extensions = new TlsExtensions(message);
    private final TlsNames alpn = new TlsNames(message);
    private int cipherSuite;
    private int version;
    private boolean retry;

    /** A view of nothing, to be wrapped. */
    public ServerHelloView() {}

    /**
     * Moves the view over a handshake message, its four-byte header included.
     *
     * @return false when the bytes are no ServerHello, or not exactly one; the view is then empty
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
        alpn.clear();
        cipherSuite = 0;
        version = 0;
        retry = false;
        message.wrap(message, 0, 0);
    }

    private boolean valid() {
        int end = message.length();
        if (end < RANDOM_OFFSET || (message.i32(0) & 0xff_ffff) != end - HEADER_LENGTH) {
            return false;
        }
        version = message.u16(VERSION_OFFSET);
        int draft = TlsVersions.draft(version);
        boolean early = draft > 0 && draft < FIRST_DRAFT_AS_TLS_1_2;
        int type = message.u8(0);
        int at = RANDOM_OFFSET;
        if (type == TYPE) {
            at += RANDOM_LENGTH;
            if (at > end) {
                return false;
            }
            retry = isRetry();
        } else if (type == DRAFT_RETRY_TYPE && early) {
            retry = true;
        } else {
            return false;
        }
        if (!early) {
            if (at + 1 > end || message.u8(at) > MAX_SESSION_ID_LENGTH) {
                return false;
            }
            at += 1 + message.u8(at);
        }
        boolean hasSuite = type == TYPE || draft >= FIRST_DRAFT_WITH_SUITE_IN_RETRY;
        int fixedLength = (hasSuite ? 2 : 0) + (early ? 0 : 1); // the compression method
        if (at + fixedLength > end) {
            return false;
        }
        cipherSuite = hasSuite ? message.u16(at) : 0;
        at += fixedLength;
        if (at == end) {
            return true;
        }
        if (at + 2 > end || at + 2 + message.u16(at) != end || !extensions.at(at + 2, end)) {
            return false;
        }
        readExtensions();
        return true;
    }

    private boolean isRetry() {
        for (int i = 0; i < RETRY.length; i++) {
            if (message.i64(RANDOM_OFFSET + i * Long.BYTES) != RETRY[i]) {
                return false;
            }
        }
        return true;
    }

    private void readExtensions() {
        int versions = extensions.indexOf(TlsExtensionTypes.SUPPORTED_VERSIONS);
        if (versions >= 0 && extensions.lengthBytes(versions) == 2) {
            version = message.u16(extensions.offset(versions));
        }
        int protocols = extensions.indexOf(TlsExtensionTypes.ALPN);
        if (protocols >= 0) {
            int offset = extensions.offset(protocols);
            int length = extensions.lengthBytes(protocols);
            if (length >= 2 && message.u16(offset) <= length - 2) {
                alpn.at(offset + 2, message.u16(offset));
            }
        }
    }

    /** The handshake message, from its type on. */
    public Bytes message() {
        return message;
    }

    /** The version field; TLS 1.3 leaves it at {@link TlsVersions#TLS_1_2}, see {@link #version()}. */
    public int legacyVersion() {
        return message.length() == 0 ? 0 : message.u16(VERSION_OFFSET);
    }

    /** The version that was chosen ({@link TlsVersions}). */
    public int version() {
        return version;
    }

    /** The cipher suite that was chosen; 0 in a HelloRetryRequest of an old draft, which names none. */
    public int cipherSuite() {
        return cipherSuite;
    }

    /** True when this is no answer yet but asks for another ClientHello. */
    public boolean isHelloRetryRequest() {
        return retry;
    }

    /** All extensions. */
    public TlsExtensions extensions() {
        return extensions;
    }

    /** The application protocol that was chosen, where it is said in the clear (up to TLS 1.2): a list of one, or none. */
    public TlsNames alpn() {
        return alpn;
    }
}
