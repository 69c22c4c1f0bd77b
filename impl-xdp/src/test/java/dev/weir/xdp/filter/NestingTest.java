package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.packet.IpAddress;
import org.junit.jupiter.api.Test;

class NestingTest {
    private final Nesting nesting = new Nesting();

    private int enter(String prefix, int sides) {
        Prefix parsed = Prefix.parse(prefix);
        IpAddress address = parsed.address();
        return address.version() == 4
                ? nesting.enter(address.low() << 32, 0, parsed.lengthBits(), sides)
                : nesting.enter(address.high(), address.low(), parsed.lengthBits(), sides);
    }

    @Test
    void aPrefixHasTheSidesOfAllAroundIt() {
        assertEquals(1, enter("10.0.0.0/8", 1));
        assertEquals(3, enter("10.1.0.0/16", 2));
        assertEquals(3, enter("10.1.1.0/24", 2));
        assertEquals(3, enter("10.2.0.0/16", 2));
        assertEquals(2, enter("11.0.0.0/8", 2));
        assertEquals(2, enter("11.0.0.0/9", 2));
        assertEquals(1, enter("12.0.0.0/8", 1));
    }

    @Test
    void longPrefixesOfIpv6AreToldApartInTheirLowerHalf() {
        assertEquals(1, enter("::/0", 1));
        assertEquals(3, enter("2001:db8::/96", 2));
        assertEquals(3, enter("2001:db8::1:0/112", 2));
        assertEquals(3, enter("2001:db8::1:1:0:0/96", 2));
        assertEquals(1, enter("2001:db8:1::/127", 1));
    }

    @Test
    void theDeepestNestingThereIsFits() {
        for (int length = 0; length <= 128; length++) {
            assertEquals(1, nesting.enter(0, 0, length, 1));
        }
    }
}
