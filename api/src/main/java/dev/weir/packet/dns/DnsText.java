package dev.weir.packet.dns;

import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;

/** Data of records as text, for people and logs. Everything here allocates. */
public final class DnsText {
    private static final int SOA_NUMBERS_LENGTH = 20;
    private static final int SSHFP_MIN_LENGTH = 2;

    private DnsText() {}

    /**
     * The data as zone files have it: an address, a name, the fields of MX, SRV, SOA, SSHFP, SVCB and HTTPS, the strings of
     * TXT. Of other types, and where the data is not what the type says: {@code \# LENGTH HEX} (RFC 3597, 5). Empty for a
     * question.
     */
    public static String data(DnsRecord record) {
        if (record.isQuestion()) {
            return "";
        }
        String text = known(record, new DnsName());
        return text != null ? text : unknown(record.data(new Bytes()));
    }

    private static String known(DnsRecord record, DnsName name) {
        int version = record.addressVersion();
        if (version != 0) {
            return IpAddress.format(version, record.addressHigh(), record.addressLow());
        }
        boolean hasTarget = record.target(name);
        return switch (record.type()) {
            case DnsType.CNAME, DnsType.DNAME, DnsType.NS, DnsType.PTR -> hasTarget ? target(name) : null;
            case DnsType.MX -> hasTarget ? record.priority() + " " + target(name) : null;
            case DnsType.SRV ->
                hasTarget ? record.priority() + " " + record.weight() + " " + record.port() + " " + target(name) : null;
            case DnsType.SVCB, DnsType.HTTPS ->
                hasTarget ? record.priority() + " " + target(name) + parameters(record) : null;
            case DnsType.SOA -> {
                StartOfAuthority soa = startOfAuthority(record);
                yield soa == null ? null : soa.toString();
            }
            case DnsType.TXT, DnsType.SPF -> strings(record);
            case DnsType.SSHFP -> {
                Bytes data = record.data(new Bytes());
                yield data.length() <= SSHFP_MIN_LENGTH
                        ? null
                        : data.u8(0) + " " + data.u8(1) + " " + hex(data, 2, data.length() - 2);
            }
            default -> null;
        };
    }

    private static String target(DnsName name) {
        return name.isRoot() ? "." : name.toString();
    }

    private static String unknown(Bytes data) {
        return data.length() == 0 ? "\\# 0" : "\\# " + data.length() + " " + hex(data, 0, data.length());
    }

    static String hex(Bytes data, int offset, int length) {
        StringBuilder text = new StringBuilder(2 * length);
        for (int i = offset; i < offset + length; i++) {
            text.append(Character.forDigit(data.u8(i) >>> 4, 16)).append(Character.forDigit(data.u8(i) & 0xf, 16));
        }
        return text.toString();
    }

    /** The strings of a TXT record one after the other, as most programs show them; null where the data is not such. */
    public static String strings(DnsRecord record) {
        Bytes data = record.data(new Bytes());
        StringBuilder text = new StringBuilder(data.length());
        int at = 0;
        while (at < data.length()) { // one byte at least a turn
            int length = data.u8(at);
            if (at + 1 + length > data.length()) {
                return null;
            }
            octets(data, at + 1, length, text);
            at += 1 + length;
        }
        return text.toString();
    }

    private static void octets(Bytes data, int offset, int length, StringBuilder text) {
        for (int i = offset; i < offset + length; i++) {
            int octet = data.u8(i);
            if (octet >= ' ' && octet <= '~') {
                text.append((char) octet);
            } else {
                text.append('\\').append((char) ('0' + octet / 100));
                text.append((char) ('0' + octet / 10 % 10)).append((char) ('0' + octet % 10));
            }
        }
    }

    /** What an SOA record says; null where it is none. */
    public static StartOfAuthority startOfAuthority(DnsRecord record) {
        DnsName name = new DnsName();
        if (record.type() != DnsType.SOA || record.isQuestion()) {
            return null;
        }
        int mailbox = record.dataName(record.dataOffset(), name);
        String primary = name.toString();
        int numbers = mailbox < 0 ? -1 : record.dataName(mailbox, name);
        Bytes message = record.message();
        if (numbers < 0 || numbers + SOA_NUMBERS_LENGTH > record.dataOffset() + record.dataLength()) {
            return null;
        }
        return new StartOfAuthority(
                primary,
                name.toString(),
                message.u32(numbers),
                message.u32(numbers + 4),
                message.u32(numbers + 8),
                message.u32(numbers + 12),
                message.u32(numbers + 16));
    }

    /**
     * The start of a zone of authority (RFC 1035, 3.3.13).
     *
     * @param primary the primary name server
     * @param mailbox of the person responsible, its first label the user
     * @param serial of the zone's contents
     * @param refreshSeconds until a secondary asks again
     * @param retrySeconds until it asks again after a failure
     * @param expireSeconds until it gives up
     * @param minimumSeconds how long "no such name" may be remembered (RFC 2308)
     */
    public record StartOfAuthority(
            String primary,
            String mailbox,
            long serial,
            long refreshSeconds,
            long retrySeconds,
            long expireSeconds,
            long minimumSeconds) {
        @Override
        public String toString() {
            return primary + " " + mailbox + " " + serial + " " + refreshSeconds + " " + retrySeconds + " "
                    + expireSeconds + " " + minimumSeconds;
        }
    }

    /** RFC 9460, 2.1 and 14.3.2. */
    private static String parameters(DnsRecord record) {
        StringBuilder text = new StringBuilder();
        Bytes message = record.message();
        int at = record.firstServiceParameter();
        while (at >= 0) { // each stands behind the one before
            int key = message.u16(at);
            int length = message.u16(at + 2);
            text.append(' ').append(key < PARAMETER_KEYS.length ? PARAMETER_KEYS[key] : "key" + key);
            if (length > 0) {
                text.append('=');
                parameter(key, message, at + 4, length, text);
            }
            at = record.nextServiceParameter(at);
        }
        return text.toString();
    }

    private static final String[] PARAMETER_KEYS = {
        "mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"
    };
    private static final int ALPN = 1;
    private static final int PORT = 3;
    private static final int IPV4_HINT = 4;
    private static final int IPV6_HINT = 6;
    private static final int DOH_PATH = 7;

    private static void parameter(int key, Bytes message, int offset, int length, StringBuilder text) {
        int end = offset + length;
        String comma = "";
        if (key == ALPN) {
            for (int at = offset; at < end && at + 1 + message.u8(at) <= end; at += 1 + message.u8(at)) {
                text.append(comma);
                octets(message, at + 1, message.u8(at), text);
                comma = ",";
            }
        } else if (key == PORT && length == 2) {
            text.append(message.u16(offset));
        } else if (key == IPV4_HINT && length % 4 == 0) {
            for (int at = offset; at < end; at += 4) {
                text.append(comma).append(IpAddress.format(4, 0, message.u32(at)));
                comma = ",";
            }
        } else if (key == IPV6_HINT && length % 16 == 0) {
            for (int at = offset; at < end; at += 16) {
                text.append(comma).append(IpAddress.format(6, message.i64(at), message.i64(at + 8)));
                comma = ",";
            }
        } else if (key == DOH_PATH) {
            octets(message, offset, length, text);
        } else {
            text.append(hex(message, offset, length));
        }
    }
}
