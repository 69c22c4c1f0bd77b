package dev.weir.classify.tls;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Message digests that are used again and again. */
final class Digests {
    private Digests() {}

    /** Every Java platform has MD5 and SHA-256 (see {@link MessageDigest}). */
    static MessageDigest named(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Digests the text into {@code target}, without allocation. */
    static void digest(MessageDigest digest, AsciiBuffer text, byte[] target) {
        digest.update(text.bytes(), 0, text.length());
        try {
            digest.digest(target, 0, target.length);
        } catch (DigestException e) {
            throw new IllegalStateException(e); // the target is as long as the digest
        }
    }
}
