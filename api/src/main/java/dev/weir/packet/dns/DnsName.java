package dev.weir.packet.dns;

import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A domain name, copied flat out of a message: its labels joined by dots, without a dot at the end. Compression is resolved
 * while it is read, so that comparing, hashing and searching go over plain bytes. Letters of ASCII are equal in both cases
 * (RFC 4343).
 *
 * <p>Reused: reading another name writes over this one, and with it changes what {@link #equals} and {@link #hashCode} say. One
 * thread at a time. Nothing allocates but {@link #toString()} and the factory.
 */
public final class DnsName implements Comparable<DnsName> {
    /** Octets of a name on the wire, length octets and the root's included (RFC 1035, 2.3.4). */
    public static final int MAX_WIRE_LENGTH = 255;

    /** Bytes of text in the longest name. */
    public static final int MAX_LENGTH = MAX_WIRE_LENGTH - 2;

    /** Labels in the longest name, the root not counted. */
    public static final int MAX_LABELS = (MAX_WIRE_LENGTH - 1) / 2;

    /** Octets of a label (RFC 1035, 2.3.4). */
    static final int MAX_LABEL_LENGTH = 63;

    private final byte[] sent = new byte[MAX_LENGTH + 1];
    private final byte[] folded = new byte[MAX_LENGTH + 1];
    private final byte[] starts = new byte[MAX_LABELS]; // 0..253, as unsigned bytes
    private final ByteBuffer foldedBuffer = ByteBuffer.wrap(folded);
    private final Bytes window = new Bytes();
    private int length;
    private int labels;

    /** The root, to be written over. */
    public DnsName() {
        window.wrap(foldedBuffer, 0, 0);
    }

    /**
     * A name from text, as lists have it: a dot at the end is ignored, letters beyond ASCII are encoded as IDNA does (RFC
     * 3490).
     *
     * @throws WeirException when the text is not a name
     */
    public static DnsName of(String text) {
        String ascii = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (!StandardCharsets.US_ASCII.newEncoder().canEncode(ascii)) {
            try {
                ascii = IDN.toASCII(ascii, IDN.ALLOW_UNASSIGNED);
            } catch (IllegalArgumentException e) {
                throw new WeirException("not a domain name: " + text, e);
            }
        }
        DnsName name = new DnsName();
        byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
        if (!name.set(bytes, 0, bytes.length)) {
            throw new WeirException("not a domain name: " + text);
        }
        return name;
    }

    /**
     * Sets the name from text in ASCII, without a dot at the end; no bytes are the root.
     *
     * @return false when it is not a name; the name is then the root
     */
    public boolean set(byte[] text, int offset, int count) {
        clear();
        if (count > MAX_LENGTH) {
            return false;
        }
        int start = offset;
        for (int at = offset; count > 0 && at <= offset + count; at++) {
            if (at == offset + count || text[at] == '.') {
                if (at == start || at - start > MAX_LABEL_LENGTH || !beginLabel(at - start)) {
                    clear();
                    return false;
                }
                for (int i = start; i < at; i++) {
                    append(text[i]);
                }
                start = at + 1;
            }
        }
        finish();
        return true;
    }

    void clear() {
        length = 0;
        labels = 0;
        window.wrap(foldedBuffer, 0, 0);
    }

    /** Room for a label and the dot before it; false when the name would be too long. */
    boolean beginLabel(int labelLength) {
        int dot = labels == 0 ? 0 : 1;
        if (length + dot + labelLength > MAX_LENGTH || labels == MAX_LABELS) {
            return false;
        }
        if (dot != 0) {
            append((byte) '.');
        }
        starts[labels++] = (byte) length;
        return true;
    }

    void append(byte octet) {
        sent[length] = octet;
        folded[length++] = lower(octet);
    }

    /** A label straight from a message. */
    void append(Bytes message, int offset, int count) {
        message.get(offset, sent, length, count);
        for (int i = length; i < length + count; i++) {
            folded[i] = lower(sent[i]);
        }
        length += count;
    }

    void finish() {
        window.wrap(foldedBuffer, 0, length);
    }

    private static byte lower(byte octet) {
        return octet >= 'A' && octet <= 'Z' ? (byte) (octet + 'a' - 'A') : octet;
    }

    /** Bytes of text; 0 for the root. */
    public int length() {
        return length;
    }

    /** Labels, the root not counted. */
    public int labelCount() {
        return labels;
    }

    /** Where in the text a label starts; 0 is the leftmost. What follows from there on is a parent domain. */
    public int labelStart(int label) {
        if (label >= labels) {
            throw new IndexOutOfBoundsException(label);
        }
        return starts[label] & 0xff;
    }

    /** True for the name without labels. */
    public boolean isRoot() {
        return labels == 0;
    }

    /** A byte of the text in lower case, 0..255. */
    public int u8(int index) {
        if (index >= length) {
            throw new IndexOutOfBoundsException(index);
        }
        return folded[index] & 0xff;
    }

    /**
     * The text in lower case, for searching. Valid until the name is written over. A dot within a label, which no host has,
     * looks as the one between labels.
     */
    public Bytes text() {
        return window;
    }

    /** True when this is the name given in lower case, in ASCII, without a dot at the end. */
    public boolean is(CharSequence name) {
        return length == name.length() && endsWith(name);
    }

    /** True when this is the domain given in lower case, in ASCII, without a dot at the end, or lies below it. */
    public boolean isWithin(CharSequence domain) {
        int start = length - domain.length();
        return domain.length() == 0
                || start == 0 && endsWith(domain)
                || start > 0 && folded[start - 1] == '.' && endsWith(domain);
    }

    private boolean endsWith(CharSequence text) {
        int start = length - text.length();
        for (int i = 0; i < text.length(); i++) {
            if (folded[start + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** True when the text in lower case, from an index to its end, has these bytes. */
    public boolean endsWith(int index, byte[] bytes, int offset, int count) {
        return length - index == count && Arrays.equals(folded, index, length, bytes, offset, offset + count);
    }

    /** Copies the text in lower case from an index on. */
    public void get(int index, byte[] destination, int destinationOffset, int count) {
        window.get(index, destination, destinationOffset, count);
    }

    /** Becomes the same name as another. */
    public void set(DnsName other) {
        System.arraycopy(other.sent, 0, sent, 0, other.length);
        System.arraycopy(other.folded, 0, folded, 0, other.length);
        System.arraycopy(other.starts, 0, starts, 0, other.labels);
        length = other.length;
        labels = other.labels;
        finish();
    }

    /** The order of DNSSEC (RFC 4034, 6.1): by labels from the right, each as unsigned bytes in lower case. */
    @Override
    public int compareTo(DnsName other) {
        int common = Math.min(labels, other.labels);
        for (int i = 1; i <= common; i++) {
            int order = Arrays.compareUnsigned(
                    folded,
                    labelStart(labels - i),
                    labelEnd(labels - i),
                    other.folded,
                    other.labelStart(other.labels - i),
                    other.labelEnd(other.labels - i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(labels, other.labels);
    }

    private int labelEnd(int label) {
        return label + 1 < labels ? labelStart(label + 1) - 1 : length;
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof DnsName other
                && labels == other.labels
                && Arrays.equals(folded, 0, length, other.folded, 0, other.length);
    }

    @Override
    public int hashCode() {
        int hash = labels;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + folded[i];
        }
        return hash;
    }

    /**
     * The name as it was sent, in the notation of zone files: a dot or backslash within a label has a backslash before it, what
     * is not printable is {@code \DDD} (RFC 1035, 5.1; RFC 4343, 2.1). Empty for the root. Allocates.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(length + 8);
        int label = 0;
        for (int i = 0; i < length; i++) {
            int octet = sent[i] & 0xff;
            if (label + 1 < labels && i == labelStart(label + 1) - 1) {
                label++;
                text.append('.');
            } else if (octet == '.' || octet == '\\') {
                text.append('\\').append((char) octet);
            } else if (octet < '!' || octet > '~') {
                text.append('\\').append((char) ('0' + octet / 100));
                text.append((char) ('0' + octet / 10 % 10)).append((char) ('0' + octet % 10));
            } else {
                text.append((char) octet);
            }
        }
        return text.toString();
    }
}
