package dev.weir.classify.tls;

import dev.weir.packet.Bytes;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.TlsCodes;
import dev.weir.packet.tls.TlsExtensionTypes;
import dev.weir.packet.tls.TlsExtensions;
import dev.weir.packet.tls.TlsNames;
import dev.weir.packet.tls.TlsVersions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;

/**
 * The fingerprint JA4 of TLS clients (<a href="https://github.com/FoxIO-LLC/ja4">github.com/FoxIO-LLC/ja4</a>, BSD
 * 3-Clause; the other methods of that family are not free and not here): a part for people, such as {@code t13d1516h2},
 * then the beginnings of the SHA-256 of the sorted cipher suites, and of the sorted extensions with the signature
 * algorithms. GREASE is left out. Sorting makes it the same however a client permutes its extensions.
 *
 * <p>Reused, by one thread at a time; allocates nothing but the text it is asked for.
 */
public final class Ja4 {
    /** Characters of a fingerprint. */
    public static final int LENGTH = 36;

    private static final int HASHED_BYTES = 6; // printed as 12 digits
    private static final int SHA256_LENGTH = 32;
    private static final int MAX_COUNT = 99;

    private final AsciiBuffer fingerprint = new AsciiBuffer();
    private final AsciiBuffer hashed = new AsciiBuffer();
    private final MessageDigest sha256 = Digests.named("SHA-256");
    private final byte[] digest = new byte[SHA256_LENGTH];
    private int[] sorted = new int[64];

    /** Of nothing yet. */
    public Ja4() {}

    /**
     * Reads a client.
     *
     * @param quic whether the hello came by QUIC and not by TCP
     */
    public void read(ClientHelloView hello, boolean quic) {
        fingerprint.clear();
        fingerprint.put(quic ? 'q' : 't');
        version(hello.highestVersion());
        TlsExtensions extensions = hello.extensions();
        fingerprint.put(extensions.contains(TlsExtensionTypes.SERVER_NAME) ? 'd' : 'i');
        int suites = sortedSuites(hello.cipherSuites());
        fingerprint.twoDigits(Math.min(suites, MAX_COUNT));
        fingerprint.twoDigits(Math.min(countExtensions(extensions), MAX_COUNT));
        firstProtocol(hello);
        fingerprint.put('_');
        hashed.clear();
        list(suites);
        hash();
        fingerprint.put('_');
        hashed.clear();
        list(sortedExtensions(extensions));
        signatureAlgorithms(hello.signatureAlgorithms());
        hash();
    }

    private void version(int version) {
        int characters =
                switch (version) {
                    case TlsVersions.TLS_1_3 -> '1' << 8 | '3';
                    case TlsVersions.TLS_1_2 -> '1' << 8 | '2';
                    case TlsVersions.TLS_1_1 -> '1' << 8 | '1';
                    case TlsVersions.TLS_1_0 -> '1' << 8 | '0';
                    case TlsVersions.SSL_3 -> 's' << 8 | '3';
                    case TlsVersions.SSL_2 -> 's' << 8 | '2';
                    default -> '0' << 8 | '0';
                };
        fingerprint.put(characters >>> 8);
        fingerprint.put(characters & 0xff);
    }

    /**
     * The first and the last character of the first protocol; where either is neither letter nor digit, the first and the
     * last hexadecimal digit of its bytes.
     */
    private void firstProtocol(ClientHelloView hello) {
        TlsNames protocols = hello.alpn();
        if (protocols.size() == 0) {
            fingerprint.put('0');
            fingerprint.put('0');
            return;
        }
        Bytes message = hello.message();
        int offset = protocols.offset(0);
        int first = message.u8(offset);
        int last = message.u8(offset + protocols.lengthBytes(0) - 1);
        boolean readable = isAlphanumeric(first) && isAlphanumeric(last);
        fingerprint.put(readable ? first : AsciiBuffer.hexDigit(first >>> 4));
        fingerprint.put(readable ? last : AsciiBuffer.hexDigit(last & 0xf));
    }

    private static boolean isAlphanumeric(int c) {
        return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
    }

    private static int countExtensions(TlsExtensions extensions) {
        int count = 0;
        for (int i = 0; i < extensions.size(); i++) {
            count += TlsExtensionTypes.isGrease(extensions.type(i)) ? 0 : 1;
        }
        return count;
    }

    private int sortedSuites(TlsCodes suites) {
        reserve(suites.size());
        int count = 0;
        for (int i = 0; i < suites.size(); i++) {
            int suite = suites.get(i);
            if (!TlsExtensionTypes.isGrease(suite)) {
                sorted[count++] = suite;
            }
        }
        Arrays.sort(sorted, 0, count);
        return count;
    }

    /** Without the server's name and the protocols, which the part for people tells. */
    private int sortedExtensions(TlsExtensions extensions) {
        reserve(extensions.size());
        int count = 0;
        for (int i = 0; i < extensions.size(); i++) {
            int type = extensions.type(i);
            boolean told = type == TlsExtensionTypes.SERVER_NAME || type == TlsExtensionTypes.ALPN;
            if (!told && !TlsExtensionTypes.isGrease(type)) {
                sorted[count++] = type;
            }
        }
        Arrays.sort(sorted, 0, count);
        return count;
    }

    private void reserve(int count) {
        if (sorted.length < count) {
            sorted = new int[Math.max(count, 2 * sorted.length)];
        }
    }

    private void list(int count) {
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                hashed.put(',');
            }
            hashed.hex16(sorted[i]);
        }
    }

    /** In the order in which they were sent, after an underscore; nothing where there are none. */
    private void signatureAlgorithms(TlsCodes algorithms) {
        int separator = '_';
        for (int i = 0; hashed.length() > 0 && i < algorithms.size(); i++) {
            int algorithm = algorithms.get(i);
            if (!TlsExtensionTypes.isGrease(algorithm)) {
                hashed.put(separator);
                hashed.hex16(algorithm);
                separator = ',';
            }
        }
    }

    /** The beginning of the digest of what was listed; zeros where that is nothing. */
    private void hash() {
        if (hashed.length() == 0) {
            Arrays.fill(digest, 0, HASHED_BYTES, (byte) 0);
        } else {
            Digests.digest(sha256, hashed, digest);
        }
        for (int i = 0; i < HASHED_BYTES; i++) {
            fingerprint.hex8(digest[i] & 0xff);
        }
    }

    /** A character of the fingerprint; does not allocate. */
    public char character(int index) {
        Objects.checkIndex(index, LENGTH);
        return (char) fingerprint.bytes()[index];
    }

    /** The fingerprint's characters, {@link #LENGTH} of them; overwritten by the next hello. */
    byte[] bytes() {
        return fingerprint.bytes();
    }

    /** The fingerprint. Allocates. */
    @Override
    public String toString() {
        return new String(fingerprint.bytes(), 0, fingerprint.length(), StandardCharsets.US_ASCII);
    }
}
