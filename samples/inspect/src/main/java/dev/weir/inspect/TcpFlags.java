package dev.weir.inspect;

/** The flags byte of TCP (RFC 9293, 3.1). */
final class TcpFlags {
    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;
    static final int URG = 0x20;
    static final int ECE = 0x40;
    static final int CWR = 0x80;

    private static final String LETTERS = "FSRPAUEC";

    private TcpFlags() {}

    /** Two hexadecimal digits. */
    static String hex(int flags) {
        return String.format("%02x", flags & 0xff);
    }

    /** A letter for each flag, SYN first where it is: {@code SA}, {@code PA}, {@code F}; a dot for none. */
    static String letters(int flags) {
        if ((flags & 0xff) == 0) {
            return ".";
        }
        StringBuilder text = new StringBuilder(8);
        if ((flags & SYN) != 0) {
            text.append('S');
        }
        for (int bit = 0; bit < 8; bit++) {
            if ((flags & ~SYN & 1 << bit) != 0) {
                text.append(LETTERS.charAt(bit));
            }
        }
        return text.toString();
    }
}
