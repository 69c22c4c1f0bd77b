package dev.weir.packet.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsNameTest {
    @Test
    void upperAndLowerCaseAreEqualAndTheCaseSentIsShown() {
        DnsName name = DnsName.of("WwW.Example.COM.");
        assertEquals(DnsName.of("www.example.com"), name);
        assertEquals(DnsName.of("www.example.com").hashCode(), name.hashCode());
        assertEquals("WwW.Example.COM", name.toString());
        assertTrue(name.is("www.example.com"));
        assertFalse(name.is("example.com") || name.is("www.example.co"));
        assertEquals("www.example.com", new String(name.text().toByteArray()));
        assertNotEquals(DnsName.of("www.example.org"), name);
    }

    @Test
    void whatLiesWithinADomainEndsAtALabel() {
        DnsName name = DnsName.of("www.example.com");
        assertTrue(name.isWithin("www.example.com") && name.isWithin("example.com") && name.isWithin(""));
        assertFalse(name.isWithin("xample.com") || name.isWithin("a.www.example.com"));
    }

    @Test
    void labelsAreFoundFromTheLeft() {
        DnsName name = DnsName.of("www.example.com");
        assertEquals(3, name.labelCount());
        assertEquals(4, name.labelStart(1));
        assertEquals(12, name.labelStart(2));
        assertThrows(IndexOutOfBoundsException.class, () -> name.labelStart(3));
        assertTrue(DnsName.of("").isRoot() && DnsName.of(".").isRoot());
    }

    /** The example of RFC 4034, 6.1. */
    @Test
    void theOrderIsThatOfDnssec() {
        List<String> ordered = List.of(
                "6578616d706c65",
                "01610765786d706c65",
                "08796c6a6b6a6c6a6b016107657861" + "6d706c65",
                "015a016107" + "6578616d706c65",
                "047a41424301610765" + "78616d706c65",
                "017a0765" + "78616d706c65",
                "0101017a0765" + "78616d706c65",
                "012a017a0765" + "78616d706c65",
                "01c8017a0765" + "78616d706c65");
        List<DnsName> names = new ArrayList<>();
        names.add(DnsName.of("example"));
        names.add(DnsName.of("a.example"));
        names.add(DnsName.of("yljkjljk.a.example"));
        names.add(DnsName.of("Z.a.example"));
        names.add(DnsName.of("zABC.a.EXAMPLE"));
        names.add(DnsName.of("z.example"));
        names.add(DnsName.of("\u0001.z.example"));
        names.add(DnsName.of("*.z.example"));
        names.add(read("01c8017a076578616d706c6500"));
        List<DnsName> sorted = new ArrayList<>(names);
        Collections.reverse(sorted);
        Collections.sort(sorted);
        assertEquals(names, sorted);
        assertEquals(ordered.size(), names.size());
    }

    private static DnsName read(String hex) {
        DnsName name = new DnsName();
        assertTrue(NameReader.read(Bytes.of(HexFormat.of().parseHex(hex)), 0, name));
        return name;
    }

    @Test
    void whatIsNotPrintableIsEscaped() {
        assertEquals(
                "a\\.b.c\\032d\\200\\\\",
                read("03612e62" + "056320" + "64c85c" + "00").toString());
        assertEquals(2, read("03612e62" + "056320" + "64c85c" + "00").labelCount());
        assertNotEquals(DnsName.of("a.b"), read("03612e6200"), "a dot within a label is none between labels");
    }

    @Test
    void lettersBeyondAsciiAreEncoded() {
        assertEquals("xn--bcher-kva.example", DnsName.of("b\u00fccher.example").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a..b", ".a", "a..", "0123456789012345678901234567890123456789012345678901234567890123.a"})
    void whatIsNoNameIsRefused(String text) {
        WeirException refused = assertThrows(WeirException.class, () -> DnsName.of(text));
        assertTrue(refused.getMessage().contains(text));
    }

    @Test
    void aNameThatIsTooLongIsRefused() {
        assertThrows(WeirException.class, () -> DnsName.of("a.".repeat(127) + "a"));
        assertEquals(127, DnsName.of("a.".repeat(126) + "a").labelCount());
    }

    @Test
    void becomesAnother() {
        DnsName name = DnsName.of("a.rather.long.example.com");
        name.set(DnsName.of("B.org"));
        assertEquals("B.org", name.toString());
        assertTrue(name.is("b.org"));
        assertEquals(5, name.text().length());
    }
}
