package dev.weir.classify.tls;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text of ASCII characters that is written anew for each hello, into an array that only grows. */
final class AsciiBuffer {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_NUMBER = 5; // 65,535

    private byte[] bytes = new byte[1024];
    private int length;

    void clear() {
        length = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void put(int c) {
        reserve(1);
        bytes[length++] = (byte) c;
    }

    /** A number of two bytes in decimal. */
    void decimal(int value) {
        reserve(LONGEST_NUMBER);
        int divisor = value >= 10_000 ? 10_000 : value >= 1_000 ? 1_000 : value >= 100 ? 100 : value >= 10 ? 10 : 1;
        for (int rest = value; divisor > 0; divisor /= 10) {
            bytes[length++] = (byte) ('0' + rest / divisor);
            rest %= divisor;
        }
    }

    /** A number below 100, in two digits. */
    void twoDigits(int value) {
        reserve(2);
        bytes[length++] = (byte) ('0' + value / 10);
        bytes[length++] = (byte) ('0' + value % 10);
    }

    /** A number of two bytes in four hexadecimal digits. */
    void hex16(int value) {
        hex8(value >>> 8);
        hex8(value & 0xff);
    }

    /** A byte in two hexadecimal digits. */
    void hex8(int value) {
        reserve(2);
        bytes[length++] = HEX[value >>> 4];
        bytes[length++] = HEX[value & 0xf];
    }

    /** The hexadecimal digit of a number below 16. */
    static int hexDigit(int value) {
        return HEX[value];
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.US_ASCII);
    }
}
