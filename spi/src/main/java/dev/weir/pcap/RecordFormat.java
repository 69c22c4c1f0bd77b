package dev.weir.pcap;

import dev.weir.LinkType;
import dev.weir.WeirException;
import java.nio.ByteBuffer;

/**
 * One of the two file formats, as a parser that is given a stretch of the file and takes one record off its front. It
 * keeps no bytes: what it found stands in the fields until the next call.
 */
abstract class RecordFormat {
    /** As in libpcap, the most that a packet may have, by which a corrupt length is told from a large packet. */
    static final int MAX_PACKET_BYTES = 262_144;

    /** For link types whose packets are larger by nature (D-Bus messages, USB transfers), and for a pcapng block. */
    static final int MAX_LARGE_BYTES = 16 << 20;

    /** LINKTYPE_DBUS. */
    private static final int DBUS = 231;

    /** LINKTYPE_USBPCAP. */
    private static final int USBPCAP = 249;

    /** LINKTYPE_USB_LINUX_MMAPPED. */
    private static final int USB_LINUX_MMAPPED = 220;

    /** What {@code DLT_RAW} is on most systems, and on OpenBSD; some programs write it instead of LINKTYPE_RAW. */
    private static final int DLT_RAW = 12;

    private static final int DLT_RAW_OPENBSD = 14;

    final String file;

    /** True when the last record was a packet. */
    boolean packet;

    /** Index in the buffer. */
    int dataOffset;

    int capturedLength;
    int wireLength;
    int linkType;
    int interfaceIndex;
    long timestampNs;

    /** The flags word of a pcapng Enhanced Packet Block; 0 where there is none. */
    int flags;

    RecordFormat(String file) {
        this.file = file;
    }

    /**
     * Takes one record.
     *
     * @param available bytes from {@code from} on; may be 0
     * @param position of {@code from} in the file, for messages
     * @return the record's length, which for one that is skipped may be more than is available; or, when it is not there
     *     as a whole, minus the bytes that are needed
     */
    abstract long parse(ByteBuffer buffer, int from, int available, long position);

    /** What a record is called in messages. */
    abstract String recordName();

    final WeirException corrupt(long position, String why) {
        return new WeirException(file + ": corrupt at byte " + position + ": " + why);
    }

    static int maxPacketBytes(int linkType) {
        return switch (linkType) {
            case DBUS, USBPCAP, USB_LINUX_MMAPPED -> MAX_LARGE_BYTES;
            default -> MAX_PACKET_BYTES;
        };
    }

    static int canonical(int linkType) {
        return linkType == DLT_RAW || linkType == DLT_RAW_OPENBSD ? LinkType.RAW : linkType;
    }
}
