package dev.weir.packet.http;

import dev.weir.packet.Bytes;

/** The characters of HTTP (RFC 9110, 5.6) in a window of bytes. */
final class HttpText {
    static final int LF = '\n';
    static final int CR = '\r';

    private static final boolean[] TOKEN = new boolean[256];

    static {
        for (char c = '0'; c <= '9'; c++) {
            TOKEN[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
            TOKEN[c - 'a' + 'A'] = true;
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private HttpText() {}

    /** RFC 9110, 5.6.2: what methods and names of fields are made of. */
    static boolean isToken(int value) {
        return TOKEN[value];
    }

    /** RFC 9110, 5.6.3: optional white space. */
    static boolean isSpace(int value) {
        return value == ' ' || value == '\t';
    }

    static boolean isDigit(int value) {
        return value >= '0' && value <= '9';
    }

    /** The offset of the next LF, or -1. */
    static int lineEnd(Bytes bytes, int from, int end) {
        for (int at = from; at < end; at++) {
            if (bytes.u8(at) == LF) {
                return at;
            }
        }
        return -1;
    }

    /** True when the bytes are this lower-case ASCII text, in any case. */
    static boolean is(Bytes bytes, int offset, int length, String text) {
        if (length != text.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            int value = bytes.u8(offset + i);
            if (value >= 'A' && value <= 'Z') {
                value += 'a' - 'A';
            }
            if (value != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** True when the bytes begin with this text, as far as they go. */
    static boolean mayBegin(Bytes bytes, int offset, int end, String text) {
        for (int i = 0; i < text.length() && offset + i < end; i++) {
            if (bytes.u8(offset + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
