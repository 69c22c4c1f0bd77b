package dev.weir.packet.quic;

import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of one connection's Initial packets, both sides, as everybody derives them from the destination connection
 * identifier of the client's first packet (RFC 9001, 5.2). Immutable. Deriving them takes nine HMACs and allocates.
 */
public final class QuicInitialKeys {
    private static final int KEY_LENGTH = 16; // AES-128
    private static final int IV_LENGTH = 12;
    private static final int SECRET_LENGTH = 32; // SHA-256
    private static final byte[] LABEL_PREFIX = "tls13 ".getBytes(StandardCharsets.US_ASCII); // RFC 8446, 7.1

    private final QuicVersion version;
    private final byte[] connectionId;
    private final Side client;
    private final Side server;

    /** What protects the packets that one side sends. */
    record Side(SecretKeySpec key, byte[] iv, SecretKeySpec headerProtection) {}

    private QuicInitialKeys(QuicVersion version, byte[] connectionId) throws GeneralSecurityException {
        this.version = version;
        this.connectionId = connectionId;
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(version.salt(), "HmacSHA256"));
        byte[] initialSecret = mac.doFinal(connectionId);
        client = side(mac, initialSecret, "client in");
        server = side(mac, initialSecret, "server in");
    }

    /**
     * Derives the keys.
     *
     * @param offset where the client's destination connection identifier begins in {@code datagram}
     */
    public static QuicInitialKeys derive(QuicVersion version, Bytes datagram, int offset, int length) {
        byte[] connectionId = new byte[length];
        datagram.get(offset, connectionId, 0, length);
        try {
            return new QuicInitialKeys(version, connectionId);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    /** True when these keys come from this version and connection identifier. */
    public boolean areOf(QuicVersion version, Bytes datagram, int offset, int length) {
        if (this.version != version || connectionId.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if ((byte) datagram.u8(offset + i) != connectionId[i]) {
                return false;
            }
        }
        return true;
    }

    /** The version they were derived for. */
    public QuicVersion version() {
        return version;
    }

    /** The same connection's keys in another version, as a server may choose one (RFC 9368). */
    public QuicInitialKeys in(QuicVersion other) {
        return derive(other, Bytes.of(connectionId), 0, connectionId.length);
    }

    Side side(boolean fromClient) {
        return fromClient ? client : server;
    }

    private Side side(Mac mac, byte[] initialSecret, String label) throws GeneralSecurityException {
        byte[] secret = expand(mac, initialSecret, label.getBytes(StandardCharsets.US_ASCII), SECRET_LENGTH);
        return new Side(
                new SecretKeySpec(expand(mac, secret, version.label("key"), KEY_LENGTH), "AES"),
                expand(mac, secret, version.label("iv"), IV_LENGTH),
                new SecretKeySpec(expand(mac, secret, version.label("hp"), KEY_LENGTH), "AES"));
    }

    /** HKDF-Expand-Label (RFC 8446, 7.1; RFC 5869, 2.3) for up to 32 bytes: one round. */
    private static byte[] expand(Mac mac, byte[] secret, byte[] label, int length) throws GeneralSecurityException {
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        ByteBuffer info = ByteBuffer.allocate(2 + 1 + LABEL_PREFIX.length + label.length + 1 + 1);
        info.putShort((short) length).put((byte) (LABEL_PREFIX.length + label.length));
        info.put(LABEL_PREFIX).put(label);
        info.put((byte) 0); // no context
        info.put((byte) 1); // the round
        mac.update(info.array());
        return Arrays.copyOf(mac.doFinal(), length);
    }
}
