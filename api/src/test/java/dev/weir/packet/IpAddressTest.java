package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.WeirException;
import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "2001:0DB8:0:0:0:0:0:1, 2001:db8::1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:1:0:0:0:0:0, 0:0:1::",
        "1:0:0:2:0:0:3:0, 1::2:0:0:3:0",
        "fe80:0:0:0:0:0:0:abcd, fe80::abcd",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "::ffff:192.0.2.1, ::ffff:192.0.2.1",
        "192.0.2.1, 192.0.2.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
    })
    void textIsThatOfRfc5952(String given, String expected) {
        assertEquals(expected, IpAddress.parse(given).toString());
    }

    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        Random random = new Random(4);
        for (int i = 0; i < 20_000; i++) {
            long high = random.nextLong();
            long low = random.nextLong();
            for (int group = random.nextInt(8); group >= 0; group--) { // zeros make it interesting
                long mask = ~(0xffffL << random.nextInt(4) * 16);
                high &= random.nextBoolean() ? mask : -1;
                low &= random.nextBoolean() ? mask : -1;
            }
            IpAddress address = new IpAddress(6, high, low);
            assertEquals(address, IpAddress.parse(address.toString()));
            assertEquals(
                    new IpAddress(4, 0, IpAddress.IPV4_MAPPED | low & 0xffff_ffffL),
                    IpAddress.parse(IpAddress.format(4, 0, low)));
            byte[] bytes =
                    java.nio.ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            assertEquals(InetAddress.getByAddress(bytes), InetAddress.getByName(address.toString()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.4 ",
                "localhost",
                "::1%lo",
                "1:2:3:4:5:6:7",
                ":",
                "1::2::3",
                "12345::",
                "::1.2.3.256",
                "fe80",
                "[::1]",
                "1.2.3.-4",
                "1:2:3:4:5:6:7:8:9"
            })
    void whatIsNoAddressIsRefused(String text) {
        WeirException refusal = assertThrows(WeirException.class, () -> IpAddress.parse(text));
        assertEquals("not an IP address: " + text, refusal.getMessage());
    }

    @Test
    void anotherVersionIsNoText() {
        assertEquals("", IpAddress.format(0, 1, 2));
    }
}
