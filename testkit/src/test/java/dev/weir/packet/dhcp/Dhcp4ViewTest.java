package dev.weir.packet.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;
import dev.weir.testkit.packet.DhcpMessageBuilder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class Dhcp4ViewTest {
    private static final long MAC = 0x0200_0000_0001L;

    private final Dhcp4View view = new Dhcp4View();
    private final Bytes value = new Bytes();

    private boolean wrap(byte[] message) {
        return view.wrap(Bytes.of(message), 0, message.length);
    }

    private static int ipv4(String text) {
        return (int) IpAddress.parse(text).low();
    }

    private static DhcpMessageBuilder ack() {
        return DhcpMessageBuilder.fromServer(DhcpMessageType.ACK)
                .transaction(0x12345678)
                .mac(MAC)
                .yourAddress("10.0.0.7");
    }

    @Test
    void fieldsAndOptionsAreRead() {
        assertTrue(wrap(ack().relayAddress("10.0.9.1")
                .addressOption(DhcpOption.SERVER_IDENTIFIER, "10.0.0.1")
                .numberOption(DhcpOption.LEASE_TIME, 3600)
                .textOption(DhcpOption.HOST_NAME, "host\u0000")
                .build()));
        assertTrue(view.isComplete() && view.hasOptions());
        assertEquals(Dhcp4View.REPLY, view.operation());
        assertEquals(0x12345678, view.transactionId());
        assertEquals(MAC, view.clientMac());
        assertEquals("02:00:00:00:00:01", DhcpText.mac(view.clientMac()));
        assertEquals(ipv4("10.0.0.7"), view.yourAddress());
        assertEquals(ipv4("10.0.9.1"), view.relayAddress());
        assertEquals(ipv4("10.0.0.1"), view.serverIdentifier());
        assertEquals(3600, view.leaseSeconds());
        assertEquals(-1, view.secondsOption(DhcpOption.RENEWAL_TIME));
        assertEquals("host", view.hostName());
        assertEquals("ack", DhcpMessageType.name4(view.messageType()));
        assertFalse(view.option(DhcpOption.VENDOR_CLASS, value));
        assertFalse(view.option(0, value) || view.option(255, value));
    }

    @Test
    void overloadedFieldsHoldOptions() {
        assertTrue(wrap(DhcpMessageBuilder.fromClient(DhcpMessageType.REQUEST)
                .option(DhcpOption.OVERLOAD, 3)
                .fileField(DhcpOption.HOST_NAME, 2, 'a', 'b', 255)
                .serverNameField(0, DhcpOption.REQUESTED_ADDRESS, 4, 10, 0, 0, 9, 255)
                .build()));
        assertTrue(view.isComplete());
        assertEquals("ab", view.hostName());
        assertEquals(ipv4("10.0.0.9"), view.requestedAddress());
        assertEquals("", view.bootFile());
        assertEquals("", view.serverName());
    }

    @Test
    void theMessageTypeMayStandInAnOverloadedField() {
        byte[] message = DhcpMessageBuilder.fromClient(DhcpMessageType.DISCOVER)
                .fileField(DhcpOption.MESSAGE_TYPE, 1, DhcpMessageType.REQUEST, 255)
                .build();
        message[240] = (byte) DhcpOption.OVERLOAD;
        assertTrue(wrap(message));
        assertEquals(DhcpMessageType.REQUEST, view.messageType());
    }

    @Test
    void fieldsThatAreNotOverloadedAreText() {
        assertTrue(wrap(ack().fileField('p', 'x', 'e').serverNameField('s').build()));
        assertEquals("pxe", view.bootFile());
        assertEquals("s", view.serverName());
    }

    /** RFC 3396, 7 and 8: parts that are split over fields are put together in the order options, file, sname. */
    @Test
    void longOptionsArePutTogether() {
        int[] first = new int[255];
        Arrays.fill(first, 'x');
        assertTrue(wrap(DhcpMessageBuilder.fromClient(DhcpMessageType.DISCOVER)
                .option(DhcpOption.OVERLOAD, 3)
                .option(DhcpOption.HOST_NAME, first)
                .serverNameField(DhcpOption.HOST_NAME, 2, 'z', '!', 255)
                .fileField(DhcpOption.HOST_NAME, 1, 'y', 255)
                .build()));
        assertTrue(view.option(DhcpOption.HOST_NAME, value));
        assertEquals("x".repeat(255) + "yz!", new String(value.toByteArray()));
    }

    @Test
    void whatARelayAddedIsFound() {
        assertTrue(wrap(ack().option(DhcpOption.RELAY_INFORMATION, 1, 2, 'c', '1', 2, 1, 'r', 9, 7)
                .build()));
        assertTrue(view.relayInformation(1, value));
        assertEquals("c1", DhcpText.printable(value));
        assertTrue(view.relayInformation(2, value));
        assertEquals("r", DhcpText.printable(value));
        assertFalse(view.relayInformation(9, value), "it reaches over the end");
    }

    @Test
    void anOptionThatReachesOverTheEndEndsThem() {
        byte[] message = ack().option(DhcpOption.HOST_NAME, 'a', 'b').build();
        message[message.length - 4] = 40;
        assertTrue(wrap(message));
        assertFalse(view.isComplete());
        assertEquals("", view.hostName());
        assertEquals(DhcpMessageType.ACK, view.messageType());
    }

    @Test
    void bootpHasNoOptions() {
        byte[] message = new byte[300];
        message[0] = 1;
        message[2] = 6;
        assertTrue(wrap(message));
        assertFalse(view.hasOptions() || view.option(DhcpOption.HOST_NAME, value));
        assertEquals("bootp", DhcpMessageType.name4(view.messageType()));
    }

    @Test
    void whatIsTooShortOrHasNoSuchOperationIsNoMessage() {
        byte[] message = ack().build();
        for (int length = 0; length < 236; length++) {
            assertFalse(view.wrap(Bytes.of(message), 0, length));
            assertEquals(0, view.transactionId());
            assertEquals("", view.serverName());
        }
        message[0] = 3;
        assertFalse(wrap(message));
        message[0] = 1;
        message[2] = 17;
        assertFalse(wrap(message));
    }

    @Test
    void everyCutOffMessageIsRead() {
        byte[] message = ack().option(DhcpOption.OVERLOAD, 3)
                .option(DhcpOption.HOST_NAME, 'a', 'b', 'c')
                .fileField(DhcpOption.HOST_NAME, 40)
                .build();
        for (int length = 236; length <= message.length; length++) {
            assertTrue(view.wrap(Bytes.of(message), 0, length));
            view.option(DhcpOption.HOST_NAME, value);
            view.relayInformation(1, value);
            assertTrue(view.hostName().length() <= 40);
        }
    }
}
