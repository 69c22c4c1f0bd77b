package dev.weir.classify.tls;

import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.ServerHelloView;
import dev.weir.packet.tls.TlsCodes;
import dev.weir.packet.tls.TlsExtensionTypes;
import dev.weir.packet.tls.TlsExtensions;
import java.security.MessageDigest;

/**
 * The fingerprint JA3 of clients and JA3S of servers: numbers of the hello in decimal, and the MD5 of that text
 * (<a href="https://github.com/salesforce/ja3">github.com/salesforce/ja3</a>). GREASE is left out. Clients that permute
 * their extensions, as Chrome does, have another JA3 with each connection; {@link Ja4} is made for them.
 *
 * <p>Reused, by one thread at a time; allocates nothing but the texts it is asked for. The digest is made when it is
 * asked for.
 */
public final class Ja3 {
    private static final int MD5_LENGTH = 16;

    private final AsciiBuffer text = new AsciiBuffer();
    private final AsciiBuffer hex = new AsciiBuffer();
    private final MessageDigest md5 = Digests.named("MD5");
    private final byte[] digest = new byte[MD5_LENGTH];
    private boolean digested;

    /** Of nothing yet. */
    public Ja3() {}

    /** Reads a client: version, cipher suites, extensions, groups, formats of points. */
    public void read(ClientHelloView hello) {
        begin();
        text.decimal(hello.legacyVersion());
        text.put(',');
        codes(hello.cipherSuites());
        text.put(',');
        extensions(hello.extensions(), true);
        text.put(',');
        codes(hello.supportedGroups());
        text.put(',');
        codes(hello.pointFormats());
    }

    /** Reads a server: version, cipher suite, extensions. */
    public void read(ServerHelloView hello) {
        begin();
        text.decimal(hello.legacyVersion());
        text.put(',');
        text.decimal(hello.cipherSuite());
        text.put(',');
        extensions(hello.extensions(), false);
    }

    private void begin() {
        text.clear();
        digested = false;
    }

    private void codes(TlsCodes codes) {
        boolean first = true;
        for (int i = 0; i < codes.size(); i++) {
            first = number(codes.get(i), first, true);
        }
    }

    private void extensions(TlsExtensions extensions, boolean skipGrease) {
        boolean first = true;
        for (int i = 0; i < extensions.size(); i++) {
            first = number(extensions.type(i), first, skipGrease);
        }
    }

    private boolean number(int value, boolean first, boolean skipGrease) {
        if (skipGrease && TlsExtensionTypes.isGrease(value)) {
            return first;
        }
        if (!first) {
            text.put('-');
        }
        text.decimal(value);
        return false;
    }

    /** The 16 bytes of the MD5; overwritten by the next hello. */
    byte[] digest() {
        if (!digested) {
            Digests.digest(md5, text, digest);
            digested = true;
        }
        return digest;
    }

    /** A byte of the MD5, 0..255; does not allocate. */
    public int digest(int index) {
        return digest()[index] & 0xff;
    }

    /** The text that is digested, for example {@code 771,4865-4866,0-23,29-23,0}. Allocates. */
    public String string() {
        return text.toString();
    }

    /** The MD5 of the text in 32 hexadecimal digits. Allocates. */
    public String hash() {
        hex.clear();
        for (byte b : digest()) {
            hex.hex8(b & 0xff);
        }
        return hex.toString();
    }
}
