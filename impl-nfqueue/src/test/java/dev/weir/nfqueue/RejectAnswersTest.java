package dev.weir.nfqueue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.packet.ChecksumStatus;
import dev.weir.packet.ChecksumWriter;
import dev.weir.packet.Checksums;
import dev.weir.packet.Headers;
import dev.weir.spi.Slot;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of answers to rejected packets, and which packets get one. */
class RejectAnswersTest {
    private final ByteBuffer out = ByteBuffer.allocate(2048);
    private final ChecksumWriter checksums = new ChecksumWriter();

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aSynIsAnsweredWithAResetThatAcknowledgesIt(int version) {
        Headers reset =
                decode(RejectReset.write(slot(ip(version).tcp(4711, 80).syn().sequence(0xffff_ffff)), out, checksums));
        assertEquals(80, reset.sourcePort());
        assertEquals(4711, reset.destinationPort());
        assertEquals(server(version), reset.source());
        assertEquals(client(version), reset.destination());
        assertEquals(IpLayout.RST | IpLayout.ACK, reset.tcpFlags());
        assertEquals(0, out.getInt(reset.transportOffset() + IpLayout.TCP_SEQUENCE));
        assertEquals(0, out.getInt(reset.transportOffset() + IpLayout.TCP_ACKNOWLEDGEMENT)); // 2^32
        assertTransportChecksum(reset);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aSegmentThatAcknowledgesIsAnsweredWhereItsSenderExpectsTheNextByte(int version) {
        PacketBuilder data = ip(version).tcp(4711, 80).ack().sequence(1_000).acknowledgment(-7);
        Headers reset = decode(RejectReset.write(slot(data.payloadOf(500)), out, checksums));
        assertEquals(IpLayout.RST, reset.tcpFlags());
        assertEquals(-7, out.getInt(reset.transportOffset() + IpLayout.TCP_SEQUENCE));
        assertEquals(0, out.getInt(reset.transportOffset() + IpLayout.TCP_ACKNOWLEDGEMENT));
        assertTransportChecksum(reset);
    }

    @Test
    void dataSynAndFinWithoutAcknowledgementAreAllAcknowledged() {
        PacketBuilder data = ip(4).tcp(4711, 80).syn().fin().sequence(1_000);
        Headers reset = decode(RejectReset.write(slot(data.payloadOf(500)), out, checksums));
        assertEquals(1_502, out.getInt(reset.transportOffset() + IpLayout.TCP_ACKNOWLEDGEMENT));
    }

    @Test
    void icmpQuotesWhatFitsInto576Bytes() {
        byte[] rejected = ip(4).udp(4711, 53).payloadOf(1_000).build();
        int length = RejectUnreachable.writeIpv4(slot(rejected), 0x0a000001, out, checksums);
        Headers answer = decode(length);
        assertEquals(576, length);
        assertEquals("10.0.0.1", answer.source());
        assertEquals(client(4), answer.destination());
        int icmp = answer.transportOffset();
        assertEquals(3, out.get(icmp));
        assertEquals(13, out.get(icmp + 1));
        assertTransportChecksum(answer);
        assertArrayEquals(Arrays.copyOf(rejected, 548), Arrays.copyOfRange(out.array(), icmp + 8, length));
    }

    @Test
    void icmpv6QuotesWhatFitsInto1280Bytes() {
        byte[] rejected = ip(6).udp(4711, 53).payloadOf(1_400).build();
        int length = RejectUnreachable.writeIpv6(slot(rejected), out, checksums);
        Headers answer = decode(length);
        assertEquals(1_280, length);
        assertEquals(server(6), answer.source());
        assertEquals(client(6), answer.destination());
        int icmp = answer.transportOffset();
        assertEquals(1, out.get(icmp));
        assertEquals(1, out.get(icmp + 1));
        assertTransportChecksum(answer);
        assertArrayEquals(Arrays.copyOf(rejected, 1_232), Arrays.copyOfRange(out.array(), icmp + 8, length));
    }

    @Test
    void whatIsNoErrorIsAnswered() {
        for (int version : new int[] {4, 6}) {
            assertTrue(RejectRules.mayAnswer(slot(ip(version).tcp(1, 2).syn())));
            assertTrue(RejectRules.mayAnswer(slot(ip(version).tcp(1, 2).ack().payloadOf(333))));
            assertTrue(RejectRules.mayAnswer(slot(ip(version).udp(1, 2).payloadOf(333))));
            assertTrue(RejectRules.mayAnswer(slot(ip(version).echoRequest(1, 2))));
            assertTrue(RejectRules.mayAnswer(slot(ip(version).protocol(132).payloadOf(40))));
        }
    }

    @Test
    void errorsResetsAndDamagedPacketsAreNotAnswered() {
        for (int version : new int[] {4, 6}) {
            assertFalse(RejectRules.mayAnswer(slot(ip(version).tcp(1, 2).rst())));
            assertFalse(RejectRules.mayAnswer(slot(ip(version).tcp(1, 2).syn().badChecksum())));
            assertFalse(RejectRules.mayAnswer(
                    slot(ip(version).udp(1, 2).payloadOf(9).badChecksum())));
        }
        assertFalse(RejectRules.mayAnswer(slot(ip(4).icmp(3, 1, 0).payloadOf(28))));
        assertFalse(RejectRules.mayAnswer(slot(ip(4).icmp(11, 0, 0).payloadOf(28))));
        assertFalse(RejectRules.mayAnswer(slot(ip(6).icmpv6(1, 4, 0).payloadOf(48))));
        assertFalse(RejectRules.mayAnswer(slot(ip(6).icmpv6(137, 0, 0).payloadOf(48))));
    }

    @Test
    void anUnfinishedChecksumSaysNothing() {
        Slot slot = slot(ip(4).tcp(1, 2).syn().badChecksum());
        slot.checksumsComplete(false);
        assertTrue(RejectRules.mayAnswer(slot));
    }

    @Test
    void laterFragmentsAreNotAnsweredAndFirstOnesAre() {
        assertTrue(
                RejectRules.mayAnswer(slot(ip(4).ipv4Fragment(0, true).udp(1, 2).payloadOf(64))));
        assertFalse(RejectRules.mayAnswer(
                slot(ip(4).ipv4Fragment(64, true).protocol(17).payloadOf(64))));
        assertFalse(RejectRules.mayAnswer(
                slot(ip(6).ipv6Fragment(64, false, 7).protocol(17).payloadOf(64))));
    }

    @Test
    void nobodyIsAnsweredWhoSpokeToManyOrHasNoAddress() {
        for (String destination : new String[] {"224.0.0.251", "255.255.255.255", "240.0.0.1", "127.0.0.1"}) {
            assertFalse(
                    RejectRules.mayAnswer(slot(PacketBuilder.rawIp()
                            .ipv4(client(4), destination)
                            .udp(1, 2)
                            .payloadOf(9))),
                    destination);
        }
        for (String source : new String[] {"0.0.0.0", "224.0.0.1", "255.255.255.255"}) {
            assertFalse(
                    RejectRules.mayAnswer(slot(PacketBuilder.rawIp()
                            .ipv4(source, server(4))
                            .udp(1, 2)
                            .payloadOf(9))),
                    source);
        }
        assertFalse(RejectRules.mayAnswer(
                slot(PacketBuilder.rawIp().ipv6(client(6), "ff02::fb").udp(1, 2).payloadOf(9))));
        assertFalse(RejectRules.mayAnswer(
                slot(PacketBuilder.rawIp().ipv6("::", server(6)).udp(1, 2).payloadOf(9))));
    }

    @Test
    void answersAreBoundedASecond() {
        RateLimit limit = new RateLimit(3, 0);
        assertTrue(limit.take(0) && limit.take(0) && limit.take(0));
        assertFalse(limit.take(0));
        assertFalse(limit.take(333_000_000));
        assertTrue(limit.take(334_000_000));
        assertFalse(limit.take(335_000_000));
        assertTrue(limit.take(10_000_000_000L) && limit.take(10_000_000_000L) && limit.take(10_000_000_000L));
        assertFalse(limit.take(10_000_000_000L));
        assertFalse(new RateLimit(0, 0).take(1_000_000_000));
    }

    private Headers decode(int length) {
        Headers headers = new Headers();
        headers.decode(new Bytes().wrap(out, 0, length), LinkType.RAW);
        assertEquals(length, headers.networkEnd());
        if (headers.ipVersion() == 4) {
            assertEquals(ChecksumStatus.VALID, Checksums.network(Bytes.of(out.array()), headers));
        }
        return headers;
    }

    private void assertTransportChecksum(Headers headers) {
        assertEquals(ChecksumStatus.VALID, Checksums.transport(Bytes.of(out.array()), headers));
    }

    private static PacketBuilder ip(int version) {
        return PacketBuilder.rawIp().ip(client(version), server(version));
    }

    private static String client(int version) {
        return version == 4 ? "192.0.2.1" : "2001:db8::1";
    }

    private static String server(int version) {
        return version == 4 ? "198.51.100.2" : "2001:db8:1::2";
    }

    private static Slot slot(PacketBuilder packet) {
        return slot(packet.build());
    }

    private static Slot slot(byte[] packet) {
        return new Slot(0).fill(ByteBuffer.wrap(packet), 0, packet.length, packet.length, LinkType.RAW, 0);
    }
}
