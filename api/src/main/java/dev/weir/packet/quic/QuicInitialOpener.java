package dev.weir.packet.quic;

import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Takes the protection off Initial packets: header protection with AES-ECB (RFC 9001, 5.4), payload with AES-128-GCM (5.3),
 * both the JDK's. Owns its ciphers and buffers; reused, by one thread at a time. Opening a packet costs some microseconds
 * and allocates about three times its length within the JDK.
 */
public final class QuicInitialOpener {
    private static final int SAMPLE_LENGTH = 16;
    private static final int SAMPLE_DISTANCE = 4; // the sample is taken as if the packet number had four bytes
    private static final int TAG_LENGTH = 16;
    private static final int LONG_HEADER_PROTECTED_BITS = 0x0f;

    private final Cipher ecb;
    private final Cipher gcm;
    private final byte[] sample = new byte[SAMPLE_LENGTH];
    private final byte[] mask = new byte[SAMPLE_LENGTH];
    private final Bytes payload = new Bytes();
    private byte[] packet = new byte[2048];
    private ByteBuffer plain = ByteBuffer.allocate(2048);
    private long packetNumber;

    /** An opener of its own ciphers. */
    public QuicInitialOpener() {
        try {
            ecb = Cipher.getInstance("AES/ECB/NoPadding");
            gcm = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES in ECB and GCM mode", e);
        }
    }

    /**
     * Opens a packet.
     *
     * @param header wrapped over an Initial packet of the datagram
     * @param fromClient whose packet it is
     * @param largestPacketNumber the largest one opened so far from that side, or -1: packet numbers are sent shortened
     * @return false when the packet was not protected with these keys
     */
    public boolean open(
            Bytes datagram,
            QuicLongHeaderView header,
            QuicInitialKeys keys,
            boolean fromClient,
            long largestPacketNumber) {
        QuicInitialKeys.Side side = keys.side(fromClient);
        int start = header.start();
        int length = header.end() - start;
        if (packet.length < length) {
            packet = new byte[length];
            plain = ByteBuffer.allocate(length);
        }
        datagram.get(start, packet, 0, length);
        try {
            int headerLength = unprotectHeader(side, header.packetNumberOffset() - start, largestPacketNumber);
            if (length - headerLength < TAG_LENGTH) {
                return false;
            }
            gcm.init(Cipher.DECRYPT_MODE, side.key(), new GCMParameterSpec(8 * TAG_LENGTH, nonce(side.iv())));
            gcm.updateAAD(packet, 0, headerLength);
            int plainLength = gcm.doFinal(packet, headerLength, length - headerLength, plain.array(), 0);
            payload.wrap(plain, 0, plainLength);
            return true;
        } catch (AEADBadTagException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // keys and lengths are right by construction
        }
    }

    /** Removes the protection of first byte and packet number in place; returns where the payload begins. */
    private int unprotectHeader(QuicInitialKeys.Side side, int numberOffset, long largest)
            throws GeneralSecurityException {
        System.arraycopy(packet, numberOffset + SAMPLE_DISTANCE, sample, 0, SAMPLE_LENGTH);
        ecb.init(Cipher.ENCRYPT_MODE, side.headerProtection());
        ecb.doFinal(sample, 0, SAMPLE_LENGTH, mask, 0);
        packet[0] ^= (byte) (mask[0] & LONG_HEADER_PROTECTED_BITS);
        int numberLength = (packet[0] & 3) + 1;
        long truncated = 0;
        for (int i = 0; i < numberLength; i++) {
            packet[numberOffset + i] ^= mask[1 + i];
            truncated = truncated << 8 | packet[numberOffset + i] & 0xff;
        }
        packetNumber = expand(truncated, 8 * numberLength, largest + 1);
        return numberOffset + numberLength;
    }

    /** The number closest to the expected one that ends in these bits (RFC 9000, A.3). */
    static long expand(long truncated, int bits, long expected) {
        long window = 1L << bits;
        long candidate = expected & -window | truncated;
        if (candidate <= expected - window / 2) {
            return candidate + window;
        }
        return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
    }

    private byte[] nonce(byte[] iv) {
        byte[] nonce = iv.clone();
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[nonce.length - 1 - i] ^= (byte) (packetNumber >>> 8 * i);
        }
        return nonce;
    }

    /** The packet number of the packet that was opened. */
    public long packetNumber() {
        return packetNumber;
    }

    /** The frames of the packet that was opened, in a buffer of the opener; valid until the next packet. */
    public Bytes payload() {
        return payload;
    }
}
