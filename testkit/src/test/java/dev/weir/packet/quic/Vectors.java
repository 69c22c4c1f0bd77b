package dev.weir.packet.quic;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Packets that RFCs print. */
public final class Vectors {
    private Vectors() {}

    /** A packet of a file by its name. */
    public static byte[] packet(String file, String name) {
        StringBuilder hex = new StringBuilder();
        boolean within = false;
        try (InputStream in = Vectors.class.getResourceAsStream(file)) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
                if (line.startsWith("#") || !line.matches("([0-9a-f]{2})+")) {
                    within = line.equals(name);
                } else if (within) {
                    hex.append(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return HexFormat.of().parseHex(hex);
    }
}
