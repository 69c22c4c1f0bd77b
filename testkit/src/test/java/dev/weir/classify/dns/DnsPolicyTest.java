package dev.weir.classify.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Reason;
import dev.weir.WeirException;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dns.DnsName;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsPolicyTest {
    @TempDir
    private Path folder;

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("list.txt"), List.of(lines));
    }

    private static String rule(Reason reason) {
        return reason == null ? null : reason.rule();
    }

    @Test
    void theRuleWithTheLongestNameIsTheReason() {
        DnsPolicy policy = DnsPolicy.builder()
                .blockPattern(".*example.*")
                .blockDomain("example.com")
                .blockDomain("www.example.com")
                .blockName("a.www.example.com")
                .blockName("a.www.example.com")
                .build();
        assertEquals("domain example.com", rule(policy.blocks("x.example.com")));
        assertEquals("domain www.example.com", rule(policy.blocks("b.www.example.com")));
        assertEquals("name a.www.example.com", rule(policy.blocks("A.www.example.com")));
        assertEquals("domain www.example.com", rule(policy.blocks("z.a.www.example.com")));
        assertEquals("pattern .*example.*", rule(policy.blocks("example.org")));
        assertNull(policy.blocks("com"));
    }

    @Test
    void whatIsAllowedIsNotBlocked() {
        DnsPolicy policy = DnsPolicy.builder()
                .blockPattern(".*")
                .allowDomain("example.com")
                .allowName("example.org")
                .build();
        assertNull(policy.blocks("www.example.com"));
        assertNull(policy.blocks("example.org"));
        assertNotNull(policy.blocks("www.example.org"));
    }

    @Test
    void aListHasNamesDomainsAndHosts() throws IOException {
        DnsPolicy policy = DnsPolicy.builder()
                .blockList(file(
                        "# a comment",
                        "",
                        "plain.example # and why",
                        ".domain.example",
                        "*.below.example",
                        "0.0.0.0 host.example  other.example",
                        "127.0.0.1\tlocalhost",
                        "::1 ip6-localhost six.example",
                        "b\u00fccher.example",
                        "Mixed.Example."))
                .build();
        assertEquals("list list.txt", rule(policy.blocks("plain.example")));
        assertNull(policy.blocks("www.plain.example"));
        assertNotNull(policy.blocks("domain.example"));
        assertNotNull(policy.blocks("www.domain.example"));
        assertNull(policy.blocks("below.example"));
        assertNotNull(policy.blocks("www.below.example"));
        for (String name : List.of("host.example", "other.example", "six.example", "mixed.example")) {
            assertNotNull(policy.blocks(name), name);
        }
        assertNotNull(policy.blocks("xn--bcher-kva.example"));
        assertNull(policy.blocks("localhost"));
        DnsPolicy domains =
                DnsPolicy.builder().blockDomainList(folder.resolve("list.txt")).build();
        assertNotNull(domains.blocks("www.plain.example"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a..b", "two words", "0.0.0.0 a..b", "."})
    void aLineThatIsNoneIsNamed(String line) throws IOException {
        Path file = file("good.example", line);
        WeirException refused =
                assertThrows(WeirException.class, () -> DnsPolicy.builder().blockList(file));
        assertTrue(refused.getMessage().contains("list.txt, line 2: "), refused.getMessage());
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path file = folder.resolve("nowhere");
        WeirException refused =
                assertThrows(WeirException.class, () -> DnsPolicy.builder().blockList(file));
        assertTrue(refused.getMessage().contains("nowhere"));
    }

    /** Against a set of strings that is looked up naively. */
    @Test
    void aTableFindsWhatASetFinds() {
        Random random = new Random(7);
        Set<String> exact = new HashSet<>();
        Set<String> domains = new HashSet<>();
        DnsPolicy.Builder builder = DnsPolicy.builder();
        for (int i = 0; i < 3_000; i++) {
            String name = name(random);
            if (i % 2 == 0) {
                exact.add(name);
                builder.blockName(name);
            } else {
                domains.add(name);
                builder.blockDomain(name);
            }
        }
        DnsPolicy policy = builder.build();
        int blocked = 0;
        for (int i = 0; i < 20_000; i++) {
            String name = name(random);
            boolean expected = exact.contains(name);
            for (String domain = name; !domain.isEmpty(); ) {
                expected |= domains.contains(domain);
                int dot = domain.indexOf('.');
                domain = dot < 0 ? "" : domain.substring(dot + 1);
            }
            assertEquals(expected, policy.blocks(name) != null, name);
            blocked += expected ? 1 : 0;
        }
        assertTrue(blocked > 1_000 && blocked < 19_000, blocked + " blocked");
    }

    private static String name(Random random) {
        StringBuilder name = new StringBuilder();
        for (int labels = 2 + random.nextInt(4); labels > 0; labels--) {
            name.append((char) ('a' + random.nextInt(8)));
            if (random.nextInt(3) == 0) {
                name.append((char) ('a' + random.nextInt(8)));
            }
            name.append(labels > 1 ? "." : "");
        }
        return name.toString();
    }

    @Test
    void aMillionNamesTakeWhatIsPromised() throws IOException {
        Path file = folder.resolve("million.txt");
        int names = 1_000_000;
        long textBytes = 0;
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (int i = 0; i < names; i++) {
                String name = "host-" + i + ".ads" + i % 1000 + ".example";
                textBytes += name.length();
                writer.write(name);
                writer.write('\n');
            }
        }
        DnsPolicy policy = DnsPolicy.builder().blockList(file).build();
        assertEquals(names, policy.nameCount());
        double overhead = (policy.nameBytes() - textBytes) / (double) names;
        assertTrue(overhead > 9 && overhead < 9.75, overhead + " bytes beside the text of a name");
        DnsPolicy.Scratch scratch = new DnsPolicy.Scratch();
        for (int i = 0; i < names; i += 997) {
            assertEquals(0, policy.find(DnsName.of("host-" + i + ".ads" + i % 1000 + ".example"), scratch));
            assertEquals(-1, policy.find(DnsName.of("host-" + i + ".ads" + (i + 1) % 1000 + ".example"), scratch));
        }
    }

    @Test
    void tooManyRulesAreRefused() {
        DnsPolicy.Builder builder = DnsPolicy.builder();
        for (int i = 0; i < 16_384; i++) {
            builder.blockName("n" + i);
        }
        assertTrue(assertThrows(WeirException.class, () -> builder.blockName("one.more"))
                .getMessage()
                .contains("file"));
        DnsPolicy policy = builder.build();
        assertEquals("name n16383", rule(policy.blocks("n16383")));
    }

    @Test
    void theLongestPrefixOfAnAddressIsTheReason() {
        DnsPolicy policy = DnsPolicy.builder()
                .blockAddresses("10.0.0.0/8")
                .blockAddresses("10.1.0.0/16")
                .blockAddresses("10.1.2.3")
                .blockAddresses("10.1.0.0/16")
                .blockAddresses("2001:db8::/32")
                .blockAddresses("ffff:ffff::/32")
                .blockAddresses("255.255.255.255")
                .build();
        assertNull(rule(policy.blocks(IpAddress.parse("9.255.255.255"))));
        assertEquals("addresses 10.0.0.0/8", rule(policy.blocks(IpAddress.parse("10.0.0.0"))));
        assertEquals("addresses 10.1.0.0/16", rule(policy.blocks(IpAddress.parse("10.1.2.2"))));
        assertEquals("addresses 10.1.2.3", rule(policy.blocks(IpAddress.parse("10.1.2.3"))));
        assertEquals("addresses 10.1.0.0/16", rule(policy.blocks(IpAddress.parse("10.1.2.4"))));
        assertEquals("addresses 10.0.0.0/8", rule(policy.blocks(IpAddress.parse("10.255.255.255"))));
        assertNull(policy.blocks(IpAddress.parse("11.0.0.0")));
        assertNotNull(policy.blocks(IpAddress.parse("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")));
        assertNull(policy.blocks(IpAddress.parse("2001:db9::")));
        assertNotNull(policy.blocks(IpAddress.parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
        assertNotNull(policy.blocks(IpAddress.parse("255.255.255.255")));
        assertNull(policy.blocks(IpAddress.parse("::1")));
        DnsPolicy all = DnsPolicy.builder().blockAddresses("::/0").build();
        assertNotNull(all.blocks(IpAddress.parse("192.0.2.1")), "IPv4 is seen as mapped into IPv6");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/x", "2001:db8::1/32", "example", "::/129"})
    void whatIsNoPrefixIsRefused(String prefix) {
        assertThrows(WeirException.class, () -> DnsPolicy.builder().blockAddresses(prefix));
    }
}
