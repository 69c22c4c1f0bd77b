package dev.weir.packet;

/**
 * The extension headers of IPv6, one after the other (RFC 8200, 4). Ends at the first header that is none, at one that is
 * cut off, and behind a fragment header that is not the first: what follows is the middle of something.
 *
 * <pre>{@code
 * ipv6.extensions(extensions);
 * while (extensions.next()) {
 *     System.out.println(extensions.type() + ": " + extensions.length() + " bytes");
 * }
 * }</pre>
 */
public final class Ipv6Extensions {
    // IANA, "IPv6 Extension Header Types"
    public static final int HOP_BY_HOP_OPTIONS = 0;
    public static final int ROUTING_HEADER = 43;
    public static final int FRAGMENT_HEADER = 44;
    public static final int AUTHENTICATION_HEADER = 51;
    public static final int DESTINATION_OPTIONS = 60;
    public static final int MOBILITY_HEADER = 135;
    public static final int HOST_IDENTITY = 139;
    public static final int SHIM6 = 140;

    private static final int MIN_LENGTH = 8;
    private static final int OPTIONS_OFFSET = 2;
    private static final int ROUTING_TYPE_OFFSET = 2;
    private static final int SEGMENTS_LEFT_OFFSET = 3;
    private static final int FRAGMENT_OFFSET = 2;
    private static final int FRAGMENT_UNITS = 0xfff8;

    private final Bytes bytes = new Bytes();
    private int type;
    private int offset;
    private int length;
    private int nextType;
    private int nextOffset;

    /** An empty list. */
    public Ipv6Extensions() {}

    Ipv6Extensions wrap(Bytes source, int offset, int firstType) {
        bytes.wrap(source, 0, source.length());
        nextType = firstType;
        nextOffset = offset;
        this.offset = offset;
        length = 0;
        return this;
    }

    /** True for the numbers of extension headers that can be read; ESP, which hides what follows, is none of them. */
    public static boolean isExtension(int number) {
        return switch (number) {
            case HOP_BY_HOP_OPTIONS,
                    ROUTING_HEADER,
                    FRAGMENT_HEADER,
                    AUTHENTICATION_HEADER,
                    DESTINATION_OPTIONS,
                    MOBILITY_HEADER,
                    HOST_IDENTITY,
                    SHIM6 -> true;
            default -> false;
        };
    }

    /** Goes to the next header; false at the end. Every header is at least eight bytes long, so the list ends. */
    public boolean next() {
        if (!isExtension(nextType) || bytes.length() - nextOffset < MIN_LENGTH || isLaterFragment()) {
            return false;
        }
        int claimed = length(nextType, bytes.u8(nextOffset + 1));
        if (claimed > bytes.length() - nextOffset) {
            return false;
        }
        type = nextType;
        offset = nextOffset;
        length = claimed;
        nextType = bytes.u8(offset);
        nextOffset = offset + length;
        return true;
    }

    private boolean isLaterFragment() {
        return length > 0 && type == FRAGMENT_HEADER && fragmentOffset() != 0;
    }

    /** Bytes of a header, of which two are there. */
    static int length(int type, int lengthByte) {
        return switch (type) {
            case AUTHENTICATION_HEADER -> (lengthByte + 2) * 4; // RFC 4302, 2.2: words of four bytes, minus two
            case FRAGMENT_HEADER -> MIN_LENGTH;
            default -> (lengthByte + 1) * 8;
        };
    }

    /** What this header is, one of the constants. */
    public int type() {
        return type;
    }

    /** Bytes of this header. */
    public int length() {
        return length;
    }

    /** Where this header begins, in bytes from the IPv6 header on. */
    public int offset() {
        return offset;
    }

    /** What follows this header; after the last one what the extension headers end with. */
    public int nextHeader() {
        return nextType;
    }

    /** Moves a window to this header. */
    public Bytes header(Bytes window) {
        return window.wrap(bytes, offset, length);
    }

    /** Moves a list to the options of a hop-by-hop or destination options header; empty for others. */
    public OptionList options(OptionList list) {
        boolean options = type == HOP_BY_HOP_OPTIONS || type == DESTINATION_OPTIONS;
        return options && length > 0
                ? list.ipv6(bytes, offset + OPTIONS_OFFSET, length - OPTIONS_OFFSET)
                : list.ipv6(bytes, 0, 0);
    }

    /** The kind of a routing header: 4 for segment routing (RFC 8754); -1 for others. */
    public int routingType() {
        return isRouting() ? bytes.u8(offset + ROUTING_TYPE_OFFSET) : -1;
    }

    /** Stops that a routing header still has before it; 0 for others. */
    public int segmentsLeft() {
        return isRouting() ? bytes.u8(offset + SEGMENTS_LEFT_OFFSET) : 0;
    }

    private boolean isRouting() {
        return length > 0 && type == ROUTING_HEADER;
    }

    /** Where a fragment stands in its datagram, in bytes; 0 for other headers. */
    public int fragmentOffset() {
        return length > 0 && type == FRAGMENT_HEADER ? bytes.u16(offset + FRAGMENT_OFFSET) & FRAGMENT_UNITS : 0;
    }
}
