package dev.weir.packet.quic;

import dev.weir.packet.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/** Makes Initial packets as an endpoint does; the other way round of what is under test, and written for itself. */
public final class Sealer {
    private final QuicVersion version;
    private final int versionNumber;
    private final byte[] keyId;

    /** @param keyId the connection identifier, in hexadecimal, that the keys are derived from */
    public Sealer(int versionNumber, String keyId) {
        this.versionNumber = versionNumber;
        this.version = QuicVersion.of(versionNumber);
        this.keyId = HexFormat.of().parseHex(keyId);
    }

    /** An Initial packet with these frames. */
    public byte[] initial(
            boolean fromClient, String destinationId, String sourceId, byte[] token, long number, byte[] frames) {
        try {
            return seal(fromClient, destinationId, sourceId, token, number, frames);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] seal(
            boolean fromClient, String destinationId, String sourceId, byte[] token, long number, byte[] frames)
            throws Exception {
        QuicInitialKeys.Side side = QuicInitialKeys.derive(version, Bytes.of(keyId), 0, keyId.length)
                .side(fromClient);
        byte[] destination = HexFormat.of().parseHex(destinationId);
        byte[] source = HexFormat.of().parseHex(sourceId);
        int typeBits = version == QuicVersion.VERSION_2 ? 1 : 0;
        ByteBuffer header = ByteBuffer.allocate(100 + token.length);
        header.put((byte) (0xc0 | typeBits << 4 | 3)).putInt(versionNumber);
        header.put((byte) destination.length).put(destination);
        header.put((byte) source.length).put(source);
        header.putShort((short) (0x4000 | token.length)).put(token);
        header.putShort((short) (0x4000 | 4 + frames.length + 16));
        int numberOffset = header.position();
        header.putInt((int) number);
        byte[] head = new byte[header.position()];
        header.flip().get(head);
        byte[] nonce = side.iv().clone();
        for (int i = 0; i < 8; i++) {
            nonce[11 - i] ^= (byte) (number >>> 8 * i);
        }
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(Cipher.ENCRYPT_MODE, side.key(), new GCMParameterSpec(128, nonce));
        gcm.updateAAD(head);
        byte[] sealed = gcm.doFinal(frames);
        Cipher ecb = Cipher.getInstance("AES/ECB/NoPadding");
        ecb.init(Cipher.ENCRYPT_MODE, side.headerProtection());
        byte[] mask =
                ecb.doFinal(sealed, 0, 16); // the packet number has four bytes: the sample begins with the payload
        head[0] ^= (byte) (mask[0] & 0x0f);
        for (int i = 0; i < 4; i++) {
            head[numberOffset + i] ^= mask[1 + i];
        }
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(head);
        packet.write(sealed);
        return packet.toByteArray();
    }

    /** A CRYPTO frame. */
    public static byte[] crypto(int offset, byte[] data, int from, int to) {
        ByteBuffer frame = ByteBuffer.allocate(9 + to - from);
        frame.put((byte) 6).putInt(0x8000_0000 | offset).putInt(0x8000_0000 | to - from);
        return frame.put(data, from, to - from).array();
    }

    /** Arrays in a row. */
    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
