package dev.weir.testkit.packet;

import dev.weir.packet.IpAddress;
import dev.weir.packet.dhcp.DhcpOption;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Builds a DHCP message for IPv4 (RFC 2131). A mutable builder for one thread; options come in the order in which they are
 * added, the end option last.
 */
public final class DhcpMessageBuilder {
    // RFC 2131, 2
    private static final int FIXED_LENGTH = 236;
    private static final int TRANSACTION_OFFSET = 4;
    private static final int CLIENT_ADDRESS_OFFSET = 12;
    private static final int YOUR_ADDRESS_OFFSET = 16;
    private static final int RELAY_ADDRESS_OFFSET = 24;
    private static final int HARDWARE_ADDRESS_OFFSET = 28;
    private static final int SERVER_NAME_OFFSET = 44;
    private static final int FILE_OFFSET = 108;
    private static final int COOKIE = 0x63825363;
    private static final int MAC_LENGTH = 6;
    private static final int END = 255;

    private final ByteBuffer fixed = ByteBuffer.allocate(FIXED_LENGTH);
    private final ByteArrayOutputStream options = new ByteArrayOutputStream();

    private DhcpMessageBuilder(int operation, int messageType) {
        fixed.put(0, (byte) operation).put(1, (byte) 1).put(2, (byte) MAC_LENGTH);
        option(DhcpOption.MESSAGE_TYPE, messageType);
    }

    /** A message of a client; type as in {@code DhcpMessageType}. */
    public static DhcpMessageBuilder fromClient(int messageType) {
        return new DhcpMessageBuilder(1, messageType);
    }

    /** A message of a server. */
    public static DhcpMessageBuilder fromServer(int messageType) {
        return new DhcpMessageBuilder(2, messageType);
    }

    /** The number of the conversation. */
    public DhcpMessageBuilder transaction(int id) {
        fixed.putInt(TRANSACTION_OFFSET, id);
        return this;
    }

    /** The client's Ethernet address, 48 bits. */
    public DhcpMessageBuilder mac(long mac) {
        fixed.putLong(HARDWARE_ADDRESS_OFFSET, mac << 16);
        return this;
    }

    /** {@code ciaddr}. */
    public DhcpMessageBuilder clientAddress(String address) {
        fixed.putInt(CLIENT_ADDRESS_OFFSET, ipv4(address));
        return this;
    }

    /** {@code yiaddr}. */
    public DhcpMessageBuilder yourAddress(String address) {
        fixed.putInt(YOUR_ADDRESS_OFFSET, ipv4(address));
        return this;
    }

    /** {@code giaddr}. */
    public DhcpMessageBuilder relayAddress(String address) {
        fixed.putInt(RELAY_ADDRESS_OFFSET, ipv4(address));
        return this;
    }

    /** Bytes of {@code sname}, at most 64. */
    public DhcpMessageBuilder serverNameField(int... octets) {
        fixed.put(SERVER_NAME_OFFSET, bytes(octets));
        return this;
    }

    /** Bytes of {@code file}, at most 128. */
    public DhcpMessageBuilder fileField(int... octets) {
        fixed.put(FILE_OFFSET, bytes(octets));
        return this;
    }

    /** An option of octets. */
    public DhcpMessageBuilder option(int code, int... octets) {
        options.write(code);
        options.write(octets.length);
        options.writeBytes(bytes(octets));
        return this;
    }

    /** An option that is one address. */
    public DhcpMessageBuilder addressOption(int code, String address) {
        return numberOption(code, ipv4(address));
    }

    /** An option that is a number of 32 bits. */
    public DhcpMessageBuilder numberOption(int code, int number) {
        return option(code, number >>> 24, number >>> 16 & 0xff, number >>> 8 & 0xff, number & 0xff);
    }

    /** An option that is text. */
    public DhcpMessageBuilder textOption(int code, String text) {
        return option(code, text.chars().toArray());
    }

    private static int ipv4(String address) {
        return (int) IpAddress.parse(address).low();
    }

    private static byte[] bytes(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return bytes;
    }

    /** The message, as UDP carries it. */
    public byte[] build() {
        return ByteBuffer.allocate(FIXED_LENGTH + Integer.BYTES + options.size() + 1)
                .put(0, fixed.array())
                .position(FIXED_LENGTH)
                .putInt(COOKIE)
                .put(options.toByteArray())
                .put((byte) END)
                .array();
    }
}
