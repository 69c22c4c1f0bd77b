package dev.weir.testkit.packet;

import dev.weir.packet.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Builds a DHCP message for IPv6 (RFC 8415), or the options that another option holds. A mutable builder for one thread. */
public final class Dhcp6MessageBuilder {
    private static final int IA_ADDRESS = 5;
    private static final int IA_PREFIX = 26;
    private static final int RELAY_MESSAGE = 9;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Dhcp6MessageBuilder() {}

    /** A message between client and server; type as in {@code DhcpMessageType}. */
    public static Dhcp6MessageBuilder message(int type, int transaction) {
        Dhcp6MessageBuilder builder = new Dhcp6MessageBuilder();
        builder.u32(type << 24 | transaction & 0xff_ffff);
        return builder;
    }

    /** Options alone, for {@link #option(int, Dhcp6MessageBuilder, int...)}. */
    public static Dhcp6MessageBuilder options() {
        return new Dhcp6MessageBuilder();
    }

    /** A relay's message around another one. */
    public static Dhcp6MessageBuilder relay(int type, int hops, String link, String peer, byte... inner) {
        Dhcp6MessageBuilder builder = new Dhcp6MessageBuilder();
        builder.bytes.write(type);
        builder.bytes.write(hops);
        builder.address(link);
        builder.address(peer);
        return builder.option(RELAY_MESSAGE, inner);
    }

    /** An option. */
    public Dhcp6MessageBuilder option(int code, byte... data) {
        u32(code << 16 | data.length);
        bytes.writeBytes(data);
        return this;
    }

    /** An option that has numbers of 32 bits, then other options: an identity association. */
    public Dhcp6MessageBuilder option(int code, Dhcp6MessageBuilder within, int... numbers) {
        ByteBuffer data = ByteBuffer.allocate(Integer.BYTES * numbers.length + within.bytes.size());
        for (int number : numbers) {
            data.putInt(number);
        }
        return option(code, data.put(within.build()).array());
    }

    /** An address of an association. */
    public Dhcp6MessageBuilder address(String address, int preferredSeconds, int validSeconds) {
        IpAddress ip = IpAddress.parse(address);
        return option(
                IA_ADDRESS,
                ByteBuffer.allocate(24)
                        .putLong(ip.high())
                        .putLong(ip.low())
                        .putInt(preferredSeconds)
                        .putInt(validSeconds)
                        .array());
    }

    /** A prefix of an association. */
    public Dhcp6MessageBuilder prefix(String address, int bits, int preferredSeconds, int validSeconds) {
        IpAddress ip = IpAddress.parse(address);
        return option(
                IA_PREFIX,
                ByteBuffer.allocate(25)
                        .putInt(preferredSeconds)
                        .putInt(validSeconds)
                        .put((byte) bits)
                        .putLong(ip.high())
                        .putLong(ip.low())
                        .array());
    }

    private void address(String address) {
        IpAddress ip = IpAddress.parse(address);
        bytes.writeBytes(
                ByteBuffer.allocate(16).putLong(ip.high()).putLong(ip.low()).array());
    }

    private void u32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    /** The message, as UDP carries it. */
    public byte[] build() {
        return bytes.toByteArray();
    }
}
