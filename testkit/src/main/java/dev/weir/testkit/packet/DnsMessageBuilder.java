package dev.weir.testkit.packet;

import dev.weir.packet.IpAddress;
import dev.weir.packet.dns.DnsSection;
import dev.weir.packet.dns.DnsType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Builds a DNS message, record by record in the order of the sections; names are compressed where they can be:
 *
 * <pre>{@code
 * byte[] answer = DnsMessageBuilder.response(7, 0)
 *         .question("www.example.com", DnsType.A)
 *         .cname("www.example.com", "host.example.net")
 *         .address("host.example.net", "192.0.2.1")
 *         .build();
 * }</pre>
 *
 * <p>A mutable builder for one thread. {@link #raw(byte...)} writes anything, for messages that are wrong on purpose.
 */
public final class DnsMessageBuilder {
    private static final int RESPONSE = 0x8180; // with recursion desired and available
    private static final int QUERY = 0x0100; // with recursion desired
    private static final int POINTER = 0xc000;
    private static final int MAX_POINTER_TARGET = 0x3fff;
    private static final int HEADER_LENGTH = 12;
    private static final int INTERNET = 1;
    private static final int TTL_SECONDS = 300;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<String, Integer> written = new HashMap<>();
    private final int[] counts = new int[DnsSection.values().length];
    private final int id;
    private int flags;
    private DnsSection section = DnsSection.ANSWER;

    private DnsMessageBuilder(int id, int flags) {
        this.id = id;
        this.flags = flags;
    }

    /** A query that asks for recursion. */
    public static DnsMessageBuilder query(int id) {
        return new DnsMessageBuilder(id, QUERY);
    }

    /** A response of a recursive server. */
    public static DnsMessageBuilder response(int id, int responseCode) {
        return new DnsMessageBuilder(id, RESPONSE | responseCode);
    }

    /** The second word of the header. */
    public DnsMessageBuilder flags(int flags) {
        this.flags = flags;
        return this;
    }

    /** A question; type as in {@link DnsType}. */
    public DnsMessageBuilder question(String name, int type) {
        return question(name, type, INTERNET);
    }

    /** A question of any class. */
    public DnsMessageBuilder question(String name, int type, int recordClass) {
        name(name);
        u16(type);
        u16(recordClass);
        counts[DnsSection.QUESTION.ordinal()]++;
        return this;
    }

    /** The section of the records that follow; the answers when it was not said. */
    public DnsMessageBuilder in(DnsSection section) {
        this.section = section;
        return this;
    }

    /** An A or AAAA record. */
    public DnsMessageBuilder address(String name, String address) {
        IpAddress ip = IpAddress.parse(address);
        ByteBuffer data = ip.version() == 4
                ? ByteBuffer.allocate(4).putInt((int) ip.low())
                : ByteBuffer.allocate(16).putLong(ip.high()).putLong(ip.low());
        return record(name, ip.version() == 4 ? DnsType.A : DnsType.AAAA, data.array());
    }

    /** A CNAME record. */
    public DnsMessageBuilder cname(String name, String target) {
        return pointing(name, DnsType.CNAME, target);
    }

    /** A record whose data are 16-bit numbers and a name: CNAME, NS, PTR, MX, SRV… */
    public DnsMessageBuilder pointing(String name, int type, String target, int... numbersBefore) {
        record(name, type, TTL_SECONDS, new byte[0]);
        int start = bytes.size();
        for (int number : numbersBefore) {
            u16(number);
        }
        name(target);
        patchLength(start);
        return this;
    }

    /** A record with data as given, class Internet. */
    public DnsMessageBuilder record(String name, int type, byte... data) {
        return record(name, type, TTL_SECONDS, data);
    }

    /** A record with data as given, class Internet. */
    public DnsMessageBuilder record(String name, int type, int ttlSeconds, byte... data) {
        return record(name, type, INTERNET, ttlSeconds, data);
    }

    /** A record with everything given. */
    public DnsMessageBuilder record(String name, int type, int recordClass, int ttl, byte... data) {
        name(name);
        u16(type);
        u16(recordClass);
        u16(ttl >>> 16);
        u16(ttl);
        u16(data.length);
        bytes.writeBytes(data);
        counts[section.ordinal()]++;
        return this;
    }

    /** Bytes as they are, without counting a record. */
    public DnsMessageBuilder raw(byte... more) {
        bytes.writeBytes(more);
        return this;
    }

    /** Has the header state one record more of a section than there is. */
    public DnsMessageBuilder stateOneMore(DnsSection section) {
        counts[section.ordinal()]++;
        return this;
    }

    private void patchLength(int start) {
        byte[] all = bytes.toByteArray();
        ByteBuffer.wrap(all).putShort(start - Short.BYTES, (short) (all.length - start));
        bytes.reset();
        bytes.writeBytes(all);
    }

    private void name(String name) {
        String rest = name;
        while (!rest.isEmpty()) {
            Integer target = written.get(rest);
            if (target != null) {
                u16(POINTER | target);
                return;
            }
            int here = HEADER_LENGTH + bytes.size();
            if (here <= MAX_POINTER_TARGET) {
                written.put(rest, here);
            }
            int dot = rest.indexOf('.');
            byte[] label = (dot < 0 ? rest : rest.substring(0, dot)).getBytes(StandardCharsets.ISO_8859_1);
            bytes.write(label.length);
            bytes.writeBytes(label);
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
        bytes.write(0);
    }

    private void u16(int value) {
        bytes.write(value >>> 8);
        bytes.write(value);
    }

    /** The message, as UDP carries it. */
    public byte[] build() {
        ByteBuffer message = ByteBuffer.allocate(HEADER_LENGTH + bytes.size());
        message.putShort((short) id).putShort((short) flags);
        for (int count : counts) {
            message.putShort((short) count);
        }
        return message.put(bytes.toByteArray()).array();
    }

    /** The message behind its length, as TCP carries it. */
    public byte[] buildForTcp() {
        byte[] message = build();
        return ByteBuffer.allocate(Short.BYTES + message.length)
                .putShort((short) message.length)
                .put(message)
                .array();
    }
}
