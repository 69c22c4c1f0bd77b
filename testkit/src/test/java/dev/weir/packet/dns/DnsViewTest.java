package dev.weir.packet.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import dev.weir.testkit.packet.DnsMessageBuilder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DnsViewTest {
    private final DnsView view = new DnsView();
    private final DnsRecord record = new DnsRecord();
    private final DnsName name = new DnsName();

    private boolean wrap(byte[] message) {
        return view.wrap(Bytes.of(message), 0, message.length);
    }

    private boolean wrap(DnsMessageBuilder message) {
        return wrap(message.build());
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private List<String> records() {
        List<String> texts = new ArrayList<>();
        record.begin(view);
        while (record.next()) {
            texts.add(record.section() + " " + record.name(name) + " " + DnsType.name(record.type())
                    + (record.isQuestion() ? "" : " " + DnsText.data(record)));
        }
        return texts;
    }

    @Test
    void allSectionsAreWalkedInOrder() {
        assertTrue(wrap(DnsMessageBuilder.response(0xabcd, 0)
                .question("www.Example.com", DnsType.A)
                .cname("www.Example.com", "host.example.net")
                .address("host.example.net", "192.0.2.1")
                .address("host.example.net", "2001:db8::1")
                .in(DnsSection.AUTHORITY)
                .pointing("example.net", DnsType.NS, "ns1.example.net")
                .in(DnsSection.ADDITIONAL)
                .address("ns1.example.net", "198.51.100.1")));
        assertEquals(
                List.of(
                        "QUESTION www.Example.com A",
                        "ANSWER www.Example.com CNAME host.example.net",
                        "ANSWER host.example.net A 192.0.2.1",
                        "ANSWER host.example.net AAAA 2001:db8::1",
                        "AUTHORITY example.net NS ns1.example.net",
                        "ADDITIONAL ns1.example.net A 198.51.100.1"),
                records());
        assertTrue(view.isComplete() && view.isResponse() && view.isRecursionAvailable());
        assertEquals(0xabcd, view.id());
        assertEquals(3, view.count(DnsSection.ANSWER));
        assertEquals(view.bytes().length(), view.end());
        assertFalse(record.next(), "stays at the end");
    }

    @Test
    void eachTypeShowsItsData() {
        assertTrue(wrap(DnsMessageBuilder.response(1, 0)
                .pointing("example.com", DnsType.MX, "mail.example.com", 10)
                .pointing("_sip._tcp.example.com", DnsType.SRV, "sip.example.com", 1, 20, 5060)
                .pointing("1.2.0.192.in-addr.arpa", DnsType.PTR, "host.example.com")
                .record("example.com", DnsType.TXT, hex("05 763d737066 03 20 2d61 02 0922"))
                .record(
                        "example.com",
                        DnsType.SOA,
                        hex("026e73 00 04 726f6f74 00 00000001 00000002 00000003 00000004 00000005"))
                .record("example.com", DnsType.SSHFP, hex("01 02 aabbcc"))
                .record(
                        "example.com",
                        DnsType.HTTPS,
                        hex("0001 00 0001 0006 02 6832 02 6833 0003 0002 01bb 0004 0008 c0000201 c0000202"
                                + "0006 0010 20010db8000000000000000000000001 0005 0002 beef"))
                .pointing("example.com", DnsType.SVCB, "svc.example.net", 0)
                .record("example.com", DnsType.NULL, hex("0102"))
                .record("example.com", 731)));
        assertEquals(
                List.of(
                        "ANSWER example.com MX 10 mail.example.com",
                        "ANSWER _sip._tcp.example.com SRV 1 20 5060 sip.example.com",
                        "ANSWER 1.2.0.192.in-addr.arpa PTR host.example.com",
                        "ANSWER example.com TXT v=spf -a\\009\"",
                        "ANSWER example.com SOA ns root 1 2 3 4 5",
                        "ANSWER example.com SSHFP 1 2 aabbcc",
                        "ANSWER example.com HTTPS 1 . alpn=h2,h3 port=443 ipv4hint=192.0.2.1,192.0.2.2"
                                + " ipv6hint=2001:db8::1 ech=beef",
                        "ANSWER example.com SVCB 0 svc.example.net",
                        "ANSWER example.com NULL \\# 2 0102",
                        "ANSWER example.com TYPE731 \\# 0"),
                records());
    }

    @Test
    void fieldsOfRecordsAreReadWithoutText() {
        wrap(DnsMessageBuilder.response(1, 0)
                .pointing("_sip._tcp.example.com", DnsType.SRV, "sip.example.com", 1, 20, 5060)
                .record("example.com", DnsType.HTTPS, hex("0001 00 0001 0003 02 6832"))
                .record("example.com", DnsType.A, 7, hex("c0000201")));
        record.begin(view);
        record.next();
        assertEquals(List.of(1, 20, 5060), List.of(record.priority(), record.weight(), record.port()));
        assertTrue(record.target(name) && name.is("sip.example.com"));
        record.next();
        Bytes value = new Bytes();
        assertTrue(record.serviceParameter(1, value));
        assertEquals(3, value.length());
        assertFalse(record.serviceParameter(2, value));
        record.next();
        assertEquals(7, record.timeToLiveSeconds());
        assertEquals(4, record.addressVersion());
        assertEquals(0xffffc0000201L, record.addressLow());
        assertFalse(record.target(name));
        assertEquals(-1, record.port());
    }

    @Test
    void dataThatIsNotWhatItsTypeSaysIsNoAddressAndNoName() {
        assertTrue(wrap(DnsMessageBuilder.response(1, 0)
                .record("a.example", DnsType.A, hex("c00002"))
                .record("a.example", DnsType.AAAA, hex("c0000201"))
                .record("a.example", DnsType.CNAME, hex("05 6161"))
                .record("a.example", DnsType.CNAME, hex("01 61 c00c 00"))
                .record("a.example", DnsType.MX, hex("0001"))
                .record("a.example", DnsType.SOA, hex("00 00 01"))
                .record("a.example", DnsType.TXT, hex("05 61"))
                .record("a.example", DnsType.CNAME)));
        record.begin(view);
        for (int i = 0; record.next(); i++) {
            assertEquals(0, record.addressVersion());
            // A name may be followed by something, as resolvers do not mind.
            assertEquals(i == 3 || i == 5, record.target(name), "record " + i);
            assertTrue(i == 3 || DnsText.data(record).startsWith("\\#"), DnsText.data(record));
            assertNull(DnsText.startOfAuthority(record));
        }
    }

    @Test
    void extensionsAreKnown() {
        assertTrue(wrap(DnsMessageBuilder.response(1, 0)
                .question("example.com", DnsType.A)
                .in(DnsSection.ADDITIONAL)
                .record("", DnsType.OPT, 4096, 0x01_00_8000, hex("000a 0002 aabb 0008 0004 00010800"))));
        assertTrue(view.hasEdns() && view.isDnssecOk());
        assertEquals(4096, view.udpPayloadSize());
        assertEquals(0, view.ednsVersion());
        assertEquals(16, view.responseCode());
        assertEquals("BADVERS", DnsType.responseCode(view.responseCode()));
        Bytes value = new Bytes();
        assertTrue(view.ednsOption(8, value));
        assertEquals(4, value.length());
        assertFalse(view.ednsOption(9, value));
        assertTrue(wrap(DnsMessageBuilder.query(1).question("example.com", DnsType.A)));
        assertFalse(view.hasEdns() || view.isDnssecOk() || view.ednsOption(8, value));
        assertEquals(512, view.udpPayloadSize());
        assertEquals(-1, view.ednsVersion());
    }

    @Test
    void multicastBitsAreApartFromTheClass() {
        assertTrue(wrap(DnsMessageBuilder.query(0)
                .flags(0)
                .question("_http._tcp.local", DnsType.PTR, 0x8001)
                .record("printer.local", DnsType.A, 0x8001, 120, hex("c0000201"))));
        record.begin(view);
        record.next();
        assertTrue(record.isMulticastBitSet());
        assertEquals(1, record.multicastClass());
        assertEquals(0x8001, record.recordClass());
        record.next();
        assertTrue(record.isMulticastBitSet());
    }

    @Test
    void pointersMayLeadForward() {
        assertTrue(wrap(hex("0001 0100 0002 0000 0000 0000 c012 0001 0001 0161 0162 00 0001 0001")));
        assertEquals(List.of("QUESTION a.b A", "QUESTION a.b A"), records());
    }

    @ParameterizedTest
    @CsvSource({
        "a pointer to itself, c00c",
        "two pointers in a circle, c00ec00c",
        "a label that leads back to itself, 0161c00c",
        "a label with a withdrawn type, 41ff",
        "a label that is cut off, 3f61",
        "a pointer that is cut off, c0",
        "a pointer out of the message, ffff",
    })
    void whatIsNoNameIsNoMessage(String what, String bytes) {
        assertFalse(wrap(hex("0001 0100 0001 0000 0000 0000" + bytes)), what);
    }

    @Test
    void aNameHas255OctetsAtMost() {
        String label = "3f" + "61".repeat(63);
        String longest = label.repeat(3) + "3d" + "61".repeat(61) + "00";
        assertTrue(wrap(hex("0001 0100 0001 0000 0000 0000" + longest + "00010001")));
        record.begin(view).next();
        assertEquals(DnsName.MAX_LENGTH, record.name(name).length());
        String longer = label.repeat(3) + "3e" + "61".repeat(62) + "00";
        assertFalse(wrap(hex("0001 0100 0001 0000 0000 0000" + longer + "00010001")));
        String most = "0161".repeat(127) + "00";
        assertTrue(wrap(hex("0001 0100 0001 0000 0000 0000" + most + "00010001")));
        record.begin(view).next();
        assertEquals(DnsName.MAX_LABELS, record.name(name).labelCount());
    }

    @Test
    void whatStandsBeforeSomethingUnreadableIsRead() {
        DnsMessageBuilder message = DnsMessageBuilder.response(1, 0)
                .question("example.com", DnsType.A)
                .address("example.com", "192.0.2.1")
                .stateOneMore(DnsSection.ANSWER)
                .raw(hex("c0ff"));
        assertTrue(wrap(message));
        assertFalse(view.isComplete());
        assertEquals(2, view.recordCount());
        assertEquals(2, view.statedCount(DnsSection.ANSWER));
        assertEquals(2, records().size());
    }

    @Test
    void everyCutOffMessageIsReadAsFarAsItGoes() {
        byte[] message = DnsMessageBuilder.response(1, 0)
                .question("www.example.com", DnsType.A)
                .cname("www.example.com", "example.net")
                .address("example.net", "192.0.2.1")
                .in(DnsSection.ADDITIONAL)
                .record("", DnsType.OPT, hex("000a 0002 aabb"))
                .build();
        int before = 0;
        for (int length = 0; length <= message.length; length++) {
            boolean whole = view.wrap(Bytes.of(message), 0, length) && view.isComplete();
            assertEquals(length == message.length, whole);
            assertTrue(view.recordCount() >= before);
            before = view.recordCount();
            assertEquals(before, records().size());
        }
        assertEquals(4, before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0001", "0001 0100 0000 0000 0000 0000 00", "0001 0100 0001 0000 0000 0000"})
    void whatIsTooShortOrStatesNothingIsNoMessage(String bytes) {
        assertFalse(wrap(hex(bytes)));
        assertFalse(record.begin(view).next());
        assertFalse(view.isComplete());
    }

    @Test
    void aHeaderAloneIsAMessage() {
        assertTrue(wrap(hex("0001 8181 0000 0000 0000 0000")));
        assertTrue(view.isComplete());
        assertEquals("FORMERR", DnsType.responseCode(view.responseCode()));
    }

    /** As many records as fit, each with the longest chain of pointers: the bound on turns ends it. */
    @Test
    void chainsOfPointersDoNotMakeALargeMessageSlow() {
        byte[] message = new byte[65_535];
        java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(message);
        buffer.putShort((short) 1).putShort((short) 0x8180).putShort((short) 0).putShort((short) 6_000);
        buffer.position(12);
        int chain = 12 + 11;
        buffer.put((byte) 0).putShort((short) 16).putShort((short) 1).putInt(0).putShort((short) 400);
        for (int i = 0; i < 126; i++) {
            buffer.putShort((short) (0xc000 | chain + 2 * (i + 1)));
        }
        buffer.position(chain + 400);
        while (buffer.remaining() >= 12) {
            buffer.putShort((short) (0xc000 | chain + 2))
                    .putShort((short) 1)
                    .putShort((short) 1)
                    .putInt(0);
            buffer.putShort((short) 0);
        }
        assertTrue(wrap(message));
        assertFalse(view.isComplete());
        assertTrue(view.recordCount() > 500 && view.recordCount() < 530, () -> view.recordCount() + " records");
    }

    @Test
    void framesOfAStreamAreFound() {
        byte[] frame =
                DnsMessageBuilder.query(1).question("a.example", DnsType.A).buildForTcp();
        Bytes stream = Bytes.of(frame);
        assertEquals(frame.length, DnsTcp.frameLength(stream, 0));
        assertEquals(-1, DnsTcp.frameLength(new Bytes().wrap(stream, 0, frame.length - 1), 0));
        assertEquals(-1, DnsTcp.frameLength(new Bytes().wrap(stream, 0, 1), 0));
        assertEquals(2, DnsTcp.frameLength(Bytes.of(new byte[2]), 0));
    }
}
