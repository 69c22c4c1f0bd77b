package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SteeringTest {
    @Test
    void aListWithoutEntriesIsEverything() {
        assertEquals(Steering.ALL, Steering.parse("all"));
        assertEquals(0, Steering.ALL.control());
        assertEquals(Layout.WEIR_STEER_LISTED, Steering.NOTHING.control());
    }

    @Test
    void whatGoesToTheKernelAloneLeavesTheRestToWeir() {
        Steering steering = Steering.parse("!tcp:22");
        assertEquals(Layout.WEIR_STEER_PORTS, steering.control());
        assertEquals(Layout.WEIR_TO_KERNEL, steering.entries().get(0).value());
        assertEquals(2 << 24 | 6 << 16 | 22, steering.entries().get(0).key());
    }

    @Test
    void aPortIsOneOfTcpAndOneOfUdp() {
        assertEquals(2, Steering.parse("port:53").entries().size());
    }

    @Test
    void everyKindSetsItsBit() {
        Steering steering = Steering.parse("net:10.0.0.0/8, net:2001:db8::/32, vlan:7, proto:icmpv6, sctp:9");
        assertEquals(
                Layout.WEIR_STEER_LISTED
                        | Layout.WEIR_STEER_PREFIXES4
                        | Layout.WEIR_STEER_PREFIXES6
                        | Layout.WEIR_STEER_VLANS
                        | Layout.WEIR_STEER_PROTOCOLS
                        | Layout.WEIR_STEER_PORTS,
                steering.control());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "53",
                "tcp",
                "tcp:",
                "tcp:65536",
                "vlan:4095",
                "proto:256",
                "proto:nonsense",
                "net:10.0.0.0/33",
                "net:x",
                "!",
                "udp:53,,tcp:1",
                "all,udp:53",
                "port:-1"
            })
    void whatIsNoEntryIsRefusedInOneLine(String text) {
        WeirException refusal = assertThrows(WeirException.class, () -> Steering.parse(text));
        assertTrue(refusal.getMessage().lines().count() == 1, refusal.getMessage());
    }
}
