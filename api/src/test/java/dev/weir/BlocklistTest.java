package dev.weir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Blocklist.Side;
import dev.weir.packet.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlocklistTest {
    private static List<String> entries(Blocklist list) {
        List<String> entries = new ArrayList<>();
        list.visit(new Blocklist.Visitor() {
            @Override
            public void ipv4(int address, int lengthBits, Side side) {
                String text = IpAddress.format(4, 0, IpAddress.IPV4_MAPPED | Integer.toUnsignedLong(address));
                entries.add(text + "/" + lengthBits + " " + side);
            }

            @Override
            public void ipv6(long high, long low, int lengthBits, Side side) {
                entries.add(IpAddress.format(6, high, low) + "/" + lengthBits + " " + side);
            }

            @Override
            public void port(int protocol, int port, Side side) {
                entries.add(Protocols.name(protocol) + " " + port + " " + side);
            }

            @Override
            public void flow(FlowKey key) {
                entries.add(key.toString());
            }
        });
        assertEquals(entries.size(), list.size());
        return entries;
    }

    @Test
    void entriesComeInTheOrderOfTheirAddressesShorterOnesFirst() {
        Blocklist list = Blocklist.builder()
                .prefix("192.0.2.0/24")
                .prefix("10.1.0.0/16", Side.SOURCE)
                .prefix("2001:db8:8000::/33")
                .prefix("10.0.0.0/8", Side.DESTINATION)
                .prefix("2001:db8::/32")
                .prefix("fe80::1")
                .prefix("0.0.0.0/0")
                .prefix("10.1.0.0")
                .build();
        assertEquals(
                List.of(
                        "0.0.0.0/0 EITHER",
                        "10.0.0.0/8 DESTINATION",
                        "10.1.0.0/16 SOURCE",
                        "10.1.0.0/32 EITHER",
                        "192.0.2.0/24 EITHER",
                        "2001:db8::/32 EITHER",
                        "2001:db8:8000::/33 EITHER",
                        "fe80::1/128 EITHER"),
                entries(list));
    }

    @Test
    void equalEntriesBecomeOneWithTheSidesOfBoth() {
        Blocklist list = Blocklist.builder()
                .prefix("10.1.2.3/8", Side.SOURCE)
                .prefix("10.0.0.0/8", Side.DESTINATION)
                .prefix("10.0.0.0/8", Side.DESTINATION)
                .prefix("2001:db8::1/32", Side.SOURCE)
                .prefix("2001:db8::/32", Side.SOURCE)
                .port(Protocols.TCP, 80)
                .port(Protocols.TCP, 80, Side.SOURCE)
                .port(Protocols.SCTP, 80)
                .flow(FlowKey.of(Protocols.TCP, "10.0.0.1", 1, "10.0.0.2", 2))
                .flow(FlowKey.of(Protocols.TCP, "10.0.0.2", 2, "10.0.0.1", 1))
                .build();
        List<String> entries = entries(list);
        assertEquals(5, entries.size(), entries::toString);
        assertTrue(
                entries.containsAll(
                        List.of("10.0.0.0/8 EITHER", "2001:db8::/32 SOURCE", "TCP 80 EITHER", "SCTP 80 DESTINATION")),
                entries::toString);
    }

    @Test
    void aBuilderGoesOnAfterItsListWasMade() {
        Blocklist.Builder builder = Blocklist.builder().prefix("10.0.0.1");
        Blocklist first = builder.build();
        Blocklist second = builder.prefix("10.0.0.2").build();
        assertEquals(1, first.size());
        assertEquals(2, second.size());
        assertEquals(0, Blocklist.EMPTY.size());
    }

    @Test
    void filesAreReadWithTheCommentsOfPublishedLists(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("drop.txt");
        Files.writeString(
                file, "; Spamhaus DROP\n1.10.16.0/20 ; SBL256894\n\n# hosts\n  203.0.113.7\n2001:db8::/32#x\n");
        assertEquals(
                List.of("1.10.16.0/20 SOURCE", "203.0.113.7/32 SOURCE", "2001:db8::/32 SOURCE"),
                entries(Blocklist.builder().prefixes(file, Side.SOURCE).build()));
        Files.writeString(file, "10.0.0.0/8\n10.0.0.0/33\n");
        WeirException refusal =
                assertThrows(WeirException.class, () -> Blocklist.builder().prefixes(file));
        assertTrue(refusal.getMessage().contains("line 2"), refusal.getMessage());
        assertThrows(WeirException.class, () -> Blocklist.builder().prefixes(folder.resolve("missing")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0",
                "10.0.0.0.0",
                "10.0.0.256",
                "10..0.0",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0.0/33",
                "10.0.0.0/1a",
                "10.0.0.0/0000",
                "2001:db8::/129",
                "2001:db8:::/32",
                "host.example",
                "10.0.0.0/8/8",
                "10.0.0.0 /8"
            })
    void whatIsNoPrefixIsRefused(String text) {
        assertThrows(WeirException.class, () -> Blocklist.builder().prefix(text));
    }

    @Test
    void portsAndFlowsThatCannotBeAreRefused() {
        Blocklist.Builder builder = Blocklist.builder();
        assertThrows(WeirException.class, () -> builder.port(Protocols.TCP, 65_536));
        assertThrows(WeirException.class, () -> builder.port(Protocols.ICMP, 1));
        assertThrows(WeirException.class, () -> builder.flow(FlowKey.NOT_IP));
    }

    @Test
    void manyEntriesAreSortedWithoutLoss() {
        Blocklist.Builder builder = Blocklist.builder();
        int count = 200_000;
        for (int i = 0; i < count; i++) {
            builder.ipv4(i * 0x9E3779B1, 32, Side.SOURCE); // a bijection of 32 bits: no two are equal
        }
        int[] seen = {0};
        long[] before = {-1};
        builder.build().visit(new Blocklist.Visitor() {
            @Override
            public void ipv4(int address, int lengthBits, Side side) {
                assertTrue(Integer.toUnsignedLong(address) > before[0]);
                before[0] = Integer.toUnsignedLong(address);
                seen[0]++;
            }

            @Override
            public void ipv6(long high, long low, int lengthBits, Side side) {
                throw new AssertionError();
            }

            @Override
            public void port(int protocol, int port, Side side) {
                throw new AssertionError();
            }

            @Override
            public void flow(FlowKey key) {
                throw new AssertionError();
            }
        });
        assertEquals(count, seen[0]);
    }
}
