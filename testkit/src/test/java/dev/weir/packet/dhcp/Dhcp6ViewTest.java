package dev.weir.packet.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;
import dev.weir.testkit.packet.Dhcp6MessageBuilder;
import org.junit.jupiter.api.Test;

class Dhcp6ViewTest {
    private static final byte[] DUID = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};

    private final Dhcp6View view = new Dhcp6View();
    private final Dhcp6Option option = new Dhcp6Option();
    private final Dhcp6Option within = new Dhcp6Option();
    private final Bytes value = new Bytes();

    private boolean wrap(byte[] message) {
        return view.wrap(Bytes.of(message), 0, message.length);
    }

    private static Dhcp6MessageBuilder reply() {
        return Dhcp6MessageBuilder.message(DhcpMessageType.REPLY6, 0xabcdef)
                .option(Dhcp6Option.CLIENT_ID, DUID)
                .option(Dhcp6Option.IA_NA, Dhcp6MessageBuilder.options().address("2001:db8::7", 100, 200), 9, 50, 80)
                .option(
                        Dhcp6Option.IA_PD,
                        Dhcp6MessageBuilder.options()
                                .prefix("2001:db8:1::", 48, 300, -1)
                                .option(Dhcp6Option.STATUS_CODE, (byte) 0, (byte) 6),
                        10,
                        0,
                        0);
    }

    @Test
    void addressesAndPrefixesAreRead() {
        assertTrue(wrap(reply().build()));
        assertEquals(DhcpMessageType.REPLY6, view.messageType());
        assertEquals(0xabcdef, view.transactionId());
        assertTrue(view.option(Dhcp6Option.CLIENT_ID, value));
        assertEquals("00:03:00:01:02:00:00:00:00:01", DhcpText.octets(value));

        option.begin(view.options());
        assertTrue(option.next(Dhcp6Option.IA_NA));
        assertEquals(9, option.associationId());
        assertTrue(within.begin(option.options()).next());
        assertEquals("2001:db8::7", IpAddress.format(6, within.addressHigh(), within.addressLow()));
        assertEquals(100, within.preferredSeconds());
        assertEquals(200, within.validSeconds());
        assertEquals(128, within.prefixLength());
        assertFalse(within.next());

        assertTrue(option.next(Dhcp6Option.IA_PD));
        assertEquals(10, option.associationId());
        assertTrue(within.begin(option.options()).next());
        assertEquals("2001:db8:1::", IpAddress.format(6, within.addressHigh(), within.addressLow()));
        assertEquals(48, within.prefixLength());
        assertEquals(300, within.preferredSeconds());
        assertEquals(0xffff_ffffL, within.validSeconds());
        assertTrue(within.next());
        assertEquals(6, within.statusCode());
        assertEquals(-1, within.validSeconds());
        assertFalse(within.hasOptions() || option.next());
        assertTrue(option.isComplete());
    }

    @Test
    void theMessageWithinThoseOfRelaysIsRead() {
        byte[] message = reply().build();
        for (int i = 0; i < Dhcp6View.MAX_RELAYS; i++) {
            message = Dhcp6MessageBuilder.relay(
                            DhcpMessageType.RELAY_FORWARD6, i, "2001:db8::" + i, "fe80::" + i, message)
                    .option(Dhcp6Option.INTERFACE_ID, (byte) i)
                    .build();
            assertTrue(wrap(message));
            assertEquals(i + 1, view.relayCount());
            assertEquals(0xabcdef, view.transactionId());
            assertTrue(view.isComplete());
        }
        assertEquals(DhcpMessageType.RELAY_FORWARD6, view.relayType(7));
        assertEquals(0, view.relayHops(7));
        assertEquals("2001:db8::7", IpAddress.format(6, view.linkAddressHigh(0), view.linkAddressLow(0)));
        assertEquals("fe80::", IpAddress.format(6, view.peerAddressHigh(7), view.peerAddressLow(7)));
        assertTrue(option.begin(view.relayOptions(2)).next(Dhcp6Option.INTERFACE_ID));
        assertEquals(5, option.data(value).u8(0));

        byte[] once = Dhcp6MessageBuilder.relay(DhcpMessageType.RELAY_FORWARD6, 8, "::", "::", message)
                .build();
        assertFalse(wrap(once), "a ninth relay");
        assertEquals(0, view.relayCount());
    }

    @Test
    void whatIsCutOffIsReadAsFarAsItGoes() {
        byte[] message = Dhcp6MessageBuilder.relay(DhcpMessageType.RELAY_REPLY6, 0, "::", "::", reply().build())
                .build();
        for (int length = 0; length < message.length; length++) {
            assertFalse(view.wrap(Bytes.of(message), 0, length), "the message within has a length that is not there");
            assertEquals(0, view.messageType());
        }
        byte[] plain = reply().build();
        int read = 0;
        for (int length = 0; length <= plain.length; length++) {
            boolean message6 = view.wrap(Bytes.of(plain), 0, length);
            read += message6 && !view.isComplete() ? 1 : 0;
            option.begin(view.options());
            while (option.next()) {
                within.begin(option.options());
                while (within.next()) {
                    assertTrue(within.prefixLength() >= -1);
                }
            }
        }
        assertTrue(read > 50);
    }

    @Test
    void whatWasNeverAssignedIsNoMessage() {
        assertFalse(wrap(new byte[] {0, 1, 2, 3}));
        assertFalse(wrap(new byte[] {37, 1, 2, 3}));
        assertFalse(wrap(new byte[] {1, 1, 2}));
        assertTrue(wrap(new byte[] {11, 1, 2, 3}));
        assertFalse(wrap(new byte[] {1, 1, 2, 3, 0, 1, 0, 9}), "the first option is wrong already");
    }
}
