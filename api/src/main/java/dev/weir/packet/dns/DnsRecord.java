package dev.weir.packet.dns;

import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;

/**
 * Walks over the records of a message, questions first, and reads the one it stands at:
 *
 * <pre>{@code
 * record.begin(message);
 * while (record.next()) {
 *     if (record.type() == DnsType.CNAME && record.target(name)) ...
 * }
 * }</pre>
 *
 * <p>Accessors for the data of one type answer false, -1 or 0 where the record is of another, or its data is no such thing.
 * Nothing allocates but {@link #toString()}. One thread at a time.
 */
public final class DnsRecord {
    private static final DnsSection[] SECTIONS = DnsSection.values();

    /** Class Internet (RFC 1035, 3.2.4). */
    public static final int INTERNET = 1;

    private static final int IPV4_LENGTH = 4;
    private static final int IPV6_LENGTH = 16;

    private Bytes message = new Bytes();
    private DnsView view;
    private int section;
    private int left;
    private int at;

    private int nameOffset;
    private int fields;
    private int dataOffset;
    private int dataLength;

    /** Stands nowhere until {@link #begin}. */
    public DnsRecord() {}

    /** Goes before the first record of a message. */
    public DnsRecord begin(DnsView view) {
        this.view = view;
        message = view.bytes();
        section = 0;
        left = view.count(DnsSection.QUESTION);
        at = DnsView.HEADER_LENGTH;
        dataLength = 0;
        return this;
    }

    /** Goes to the next record; false when there is none. To be called before each record, the first included. */
    public boolean next() {
        while (left == 0) {
            if (view == null || section == SECTIONS.length - 1) {
                return false;
            }
            left = view.count(SECTIONS[++section]);
        }
        left--;
        nameOffset = at;
        fields = NameReader.end(message, at);
        if (section == 0) {
            dataOffset = fields + DnsView.QUESTION_LENGTH;
            dataLength = 0;
        } else {
            dataOffset = fields + DnsView.RECORD_LENGTH;
            dataLength = message.u16(fields + DnsView.DATA_LENGTH_OFFSET);
        }
        at = dataOffset + dataLength;
        return true;
    }

    /** Where it stands. */
    public DnsSection section() {
        return SECTIONS[section];
    }

    public boolean isQuestion() {
        return section == 0;
    }

    /** Reads the owner's name. */
    public DnsName name(DnsName name) {
        NameReader.read(message, nameOffset, name); // was checked when the message was wrapped
        return name;
    }

    /**
     * Where the owner's name really begins, from the start of the message: two records with the same number have the same
     * name. (Those with other numbers may have it too.)
     */
    public int nameAddress() {
        int first = message.u8(nameOffset);
        return first >= 0xc0 ? message.u16(nameOffset) & 0x3fff : nameOffset;
    }

    /** A number of {@link DnsType} or another, 0..65,535. */
    public int type() {
        return message.u16(fields);
    }

    /** The class with all its 16 bits; of OPT the UDP payload size. */
    public int recordClass() {
        return message.u16(fields + DnsView.CLASS_OFFSET);
    }

    /** The class without the bit that multicast DNS uses otherwise (RFC 6762, 10.2 and 5.4). */
    public int multicastClass() {
        return recordClass() & 0x7fff;
    }

    /** In multicast DNS: of a question that the answer may come by unicast, of a record that older ones are to be forgotten. */
    public boolean isMulticastBitSet() {
        return (recordClass() & 0x8000) != 0;
    }

    /** Seconds, 0..4,294,967,295 as sent; 0 of a question. */
    public long timeToLiveSeconds() {
        return section == 0 ? 0 : message.u32(fields + DnsView.TTL_OFFSET);
    }

    /** Where the data begins, from the start of the message. */
    public int dataOffset() {
        return dataOffset;
    }

    /** Bytes of data; 0 of a question. */
    public int dataLength() {
        return dataLength;
    }

    /** Wraps {@code data} around the data. */
    public Bytes data(Bytes data) {
        return data.wrap(message, dataOffset, dataLength);
    }

    /** 4 for an A record, 6 for AAAA, 0 for all others: whether the two below say anything. */
    public int addressVersion() {
        if (section != 0) {
            int type = type();
            if (type == DnsType.A && dataLength == IPV4_LENGTH) {
                return 4;
            }
            if (type == DnsType.AAAA && dataLength == IPV6_LENGTH) {
                return 6;
            }
        }
        return 0;
    }

    /** The upper half of the address, as in {@link IpAddress}. */
    public long addressHigh() {
        return addressVersion() == 6 ? message.i64(dataOffset) : 0;
    }

    /** The lower half of the address, as in {@link IpAddress}; IPv4-mapped for A. */
    public long addressLow() {
        return switch (addressVersion()) {
            case 4 -> IpAddress.IPV4_MAPPED | message.u32(dataOffset);
            case 6 -> message.i64(dataOffset + 8);
            default -> 0;
        };
    }

    /**
     * Reads the name in the data: where CNAME, DNAME, NS and PTR point, the mail exchanger of MX, the target of SRV, SVCB and
     * HTTPS (the root stands for the owner itself), the primary server of SOA.
     *
     * @return false when there is none
     */
    public boolean target(DnsName name) {
        int offset = targetOffset();
        if (offset < 0) {
            name.clear();
            return false;
        }
        return dataName(dataOffset + offset, name) >= 0;
    }

    /** Where a name stands within the data of such a record; -1 for a type that has none. */
    private int targetOffset() {
        if (dataLength == 0) {
            return -1;
        }
        return switch (type()) {
            case DnsType.CNAME, DnsType.DNAME, DnsType.NS, DnsType.PTR, DnsType.SOA -> 0;
            case DnsType.MX, DnsType.SVCB, DnsType.HTTPS -> 2;
            case DnsType.SRV -> 6;
            default -> -1;
        };
    }

    /** Reads a name that must end within the data; where it ends from the start of the message, or -1. */
    int dataName(int offset, DnsName name) {
        long checked = offset < dataOffset + dataLength ? NameReader.check(message, offset) : -1;
        int end = (int) checked;
        if (checked < 0 || end > dataOffset + dataLength || !NameReader.read(message, offset, name)) {
            name.clear();
            return -1;
        }
        return end;
    }

    /** Preference of MX, priority of SRV, SVCB and HTTPS (0: an alias); -1 for others. */
    public int priority() {
        return switch (type()) {
            case DnsType.MX, DnsType.SRV, DnsType.SVCB, DnsType.HTTPS -> dataU16(0);
            default -> -1;
        };
    }

    /** Weight of SRV (RFC 2782); -1 for others. */
    public int weight() {
        return type() == DnsType.SRV ? dataU16(2) : -1;
    }

    /** Port of SRV; -1 for others. */
    public int port() {
        return type() == DnsType.SRV ? dataU16(4) : -1;
    }

    private int dataU16(int offset) {
        return dataLength >= offset + 2 ? message.u16(dataOffset + offset) : -1;
    }

    /**
     * Finds a parameter of SVCB or HTTPS by its key (RFC 9460, 2.2), for example 1 for ALPN identifiers, 4 and 6 for address
     * hints.
     *
     * @param value is wrapped around it; left alone when there is none
     */
    public boolean serviceParameter(int key, Bytes value) {
        int parameter = firstServiceParameter();
        while (parameter >= 0) { // four bytes at least a turn
            if (message.u16(parameter) == key) {
                value.wrap(message, parameter + 4, message.u16(parameter + 2));
                return true;
            }
            parameter = nextServiceParameter(parameter);
        }
        return false;
    }

    /** Where the first parameter stands, from the start of the message; -1 for none. */
    int firstServiceParameter() {
        int type = type();
        if (type != DnsType.SVCB && type != DnsType.HTTPS || dataLength < 3) {
            return -1;
        }
        long target = NameReader.check(message, dataOffset + 2);
        return target < 0 ? -1 : serviceParameterAt((int) target);
    }

    int nextServiceParameter(int parameter) {
        return serviceParameterAt(parameter + 4 + message.u16(parameter + 2));
    }

    private int serviceParameterAt(int offset) {
        int end = dataOffset + dataLength;
        return offset + 4 <= end && offset + 4 + message.u16(offset + 2) <= end ? offset : -1;
    }

    Bytes message() {
        return message;
    }

    /** Name, class, type and data, as in a zone file. Allocates. */
    @Override
    public String toString() {
        return name(new DnsName()) + " " + timeToLiveSeconds() + " " + DnsType.name(type()) + " " + DnsText.data(this);
    }
}
