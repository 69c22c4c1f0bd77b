package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class FragmentTableTest {
    private static final int REAL_PORTS = 0x3039_0050;
    private static final int FORGED_PORTS = 0x1111_2222;

    private final FragmentTable table = new FragmentTable(new HashSeed());

    /** An IPv6 UDP fragment of datagram 7. */
    private static Headers fragment(int offsetAndMore, int ports) {
        Headers headers = new Headers();
        String addresses = "20010db8000000000000000000000001" + "20010db8000000000000000000000002";
        String packet =
                "6000000000102c40" + addresses + String.format("1100%04x00000007%08x00080000", offsetAndMore, ports);
        headers.decode(Bytes.of(HexFormat.of().parseHex(packet)), LinkType.IPV6);
        return headers;
    }

    @Test
    void laterFragmentsHaveThePortsOfTheFirst() {
        assertEquals(REAL_PORTS, table.ports(fragment(1, REAL_PORTS), 0));
        assertEquals(REAL_PORTS, table.ports(fragment(8, 0), 1));
        assertEquals(0, new FragmentTable(new HashSeed()).ports(fragment(8, 0), 1));
    }

    @Test
    void aFirstFragmentThatWasOvertakenFollowsTheOneThatOvertookIt() {
        assertEquals(0, table.ports(fragment(8, 0), 0));
        assertEquals(0, table.ports(fragment(1, REAL_PORTS), 1));
        assertEquals(0, table.ports(fragment(16, 0), 2));
        assertEquals(REAL_PORTS, table.ports(fragment(1, REAL_PORTS), 60_000_000_000L), "another one of its number");
    }

    @Test
    void aWholePacketWithAFragmentHeaderDoesNotStandForADatagram() {
        table.ports(fragment(1, REAL_PORTS), 0);
        assertEquals(FORGED_PORTS, table.ports(fragment(0, FORGED_PORTS), 1));
        assertEquals(REAL_PORTS, table.ports(fragment(8, 0), 2));
    }
}
