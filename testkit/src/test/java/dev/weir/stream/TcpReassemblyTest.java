package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is read of connections that do not go well. */
@Timeout(30)
class TcpReassemblyTest {
    private static final StreamOptions SMALL = StreamOptions.DEFAULT.withBytesPerDirection(100);
    private static final StreamInspector SKIPPING = (stream, packet, flow) -> {
        if (stream.end() == StreamEnd.GAP) {
            stream.skipGap();
        }
        return Verdict.CONTINUE;
    };

    private final Peer client = Peer.client();
    private final Peer server = Peer.server();

    @Test
    void bytesInTheSynCountFromItsFirst() { // RFC 7413
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.at(-1).syn().payload("GET ").build());
            bench.judge(server.at(-1).syn().acknowledgment(1000 + 5).build());
            bench.judge(client.data(4, "/"));
            bench.finish();
            assertEquals("GET /", bench.forward().text());
            assertTrue(bench.forward().fromStart);
        }
    }

    @Test
    void bytesInTheSynThatWereNotTakenAreSentAgain() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.at(-1).syn().payload("GET ").build());
            bench.judge(server.synAck(client));
            bench.judge(client.data(0, "GET /"));
            bench.finish();
            assertEquals("GET /", bench.forward().text());
            assertEquals(0, bench.counts().conflicts());
        }
    }

    @Test
    void theAnswerSaysWhichOfSeveralSynsCounts() {
        Peer forged = Peer.client(0, 77_777);
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(forged.syn());
            bench.judge(server.synAck(client));
            bench.judge(forged.syn());
            bench.judge(client.data(0, "right"));
            bench.finish();
            assertEquals("right", bench.forward().text());
            assertTrue(bench.forward().fromStart);
        }
    }

    @Test
    void theAcknowledgmentSaysWhichOfSeveralAnswersCounts() {
        Peer forgotten = Peer.server(0, 55_555);
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(forgotten.synAck(client));
            bench.judge(server.synAck(client));
            bench.judge(client.at(0).acknowledgment(server.initial() + 1).build());
            bench.judge(forgotten.synAck(client));
            bench.judge(server.data(0, "right"));
            bench.finish();
            assertEquals("right", bench.reverse().text());
            assertTrue(bench.reverse().fromStart);
        }
    }

    @Test
    void aSynInTheMiddleChangesNothing() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(client.data(0, "one "));
            bench.judge(Peer.client(0, 5_000_000).syn());
            bench.judge(client.data(4, "two"));
            bench.finish();
            assertEquals("one two", bench.forward().text());
            assertEquals(1, bench.counts().outside());
        }
    }

    @Test
    void aSegmentThatOvertookTheSynIsTheFirst() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.data(0, "early "));
            bench.judge(client.syn());
            bench.judge(client.data(6, "late"));
            bench.finish();
            assertEquals("early late", bench.forward().text());
            assertTrue(bench.forward().fromStart);
        }
    }

    @Test
    void aConnectionWhoseBeginningWasNotSeenIsReadIfAskedFor() {
        for (boolean midstream : new boolean[] {true, false}) {
            try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT.withMidstream(midstream))) {
                bench.judge(client.data(5_000, "middle "));
                bench.judge(client.data(5_007, "of it"));
                bench.finish();
                assertEquals(midstream ? "middle of it" : "", bench.forward().text());
                assertFalse(bench.forward().fromStart);
            }
        }
    }

    @Test
    void probesAreNoBytes() { // RFC 9293, 3.8.4 and 3.8.6.1
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, tellingConflicts(told, Verdict.CONTINUE))) {
            bench.judge(client.syn());
            bench.judge(client.data(0, "abc"));
            bench.judge(client.data(2, "\0")); // keep-alive with a byte of garbage
            bench.judge(client.at(2).ack().build()); // and without
            bench.judge(client.data(3, "d")); // window probe: the next byte
            bench.judge(client.data(3, "def"));
            bench.finish();
            assertEquals("abcdef", bench.forward().text());
            assertEquals(List.of(), told);
        }
    }

    private static StreamInspector tellingConflicts(List<String> told, Verdict verdict) {
        return new StreamInspector() {
            @Override
            public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
                return Verdict.CONTINUE;
            }

            @Override
            public Verdict conflict(StreamBytes stream, long offset, int length, Packet packet, Flow flow) {
                told.add(offset + "+" + length);
                return verdict;
            }
        };
    }

    @Test
    void anotherContentIsToldAndItsPacketCanBeDiscarded() {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, tellingConflicts(told, Verdict.DROP))) {
            bench.judge(client.syn());
            bench.judge(client.data(0, "user=guest"));
            assertEquals(Verdict.Kind.DROP, bench.judge(client.data(0, "user=admin")));
            assertEquals(Verdict.Kind.DROP, bench.judge(client.data(5, "root&more")));
            bench.judge(client.data(20, "behind"));
            assertEquals(Verdict.Kind.DROP, bench.judge(client.data(18, "xxBEhind")));
            bench.judge(client.data(10, "&a=b"));
            bench.finish();
            assertEquals(
                    "user=guest&a=bxx".substring(0, 14), bench.forward().text().substring(0, 14));
            assertEquals(List.of("5+5", "5+5", "20+6"), told);
            assertEquals(3, bench.counts().conflicts());
        }
    }

    @Test
    void urgentDataStaysWhereItIs() { // RFC 6093
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(client.at(0).flags(0x38).payload("abc").build());
            bench.judge(client.data(3, "def"));
            bench.finish();
            assertEquals("abcdef", bench.forward().text());
        }
    }

    @Test
    void aSegmentThatDoesNotComeEndsTheStreamAfterItsTime() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT.withGapTimeout(Duration.ofSeconds(1)))) {
            bench.judge(client.syn(), 0);
            bench.judge(client.data(0, "one"), 0);
            bench.judge(client.data(6, "three"), 10);
            bench.judge(server.ack(0, client, 3), 1_009);
            assertEquals(StreamEnd.OPEN, bench.forward().end);
            bench.judge(server.ack(0, client, 3), 1_010);
            bench.finish();
            assertEquals(List.of("0:one:OPEN", "0:one:GAP"), bench.forward().calls);
            assertEquals(1, bench.counts().gaps());
            assertEquals(0, bench.counts().usedBytes());
        }
    }

    @Test
    void whatTheReceiverHasAcknowledgedIsNotWaitedFor() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn(), 0);
            bench.judge(client.data(3, "two"), 10);
            bench.judge(server.ack(0, client, 6), 11);
            bench.judge(server.ack(0, client, 6), 60);
            assertEquals(StreamEnd.OPEN, bench.forward().end);
            bench.judge(server.ack(0, client, 6), 61);
            bench.finish();
            assertEquals(List.of("0::GAP"), bench.forward().calls);
        }
    }

    @Test
    void whatWasAcknowledgedLongBeforeItIsFoundMissingIsGivenUpAtOnce() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, SKIPPING)) {
            bench.judge(client.syn(), 0);
            bench.judge(client.data(0, "one"), 10);
            bench.judge(server.ack(0, client, 6), 20);
            bench.judge(client.data(6, "three"), 70);
            bench.finish();
            assertEquals(
                    List.of("0:one:OPEN", "0:one:GAP", "6:three:OPEN"),
                    bench.forward().calls.subList(0, 3));
        }
    }

    @Test
    void anAcknowledgmentOfWhatNobodySentEndsNothing() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn(), 0);
            bench.judge(client.data(0, "one"), 10);
            bench.judge(server.ack(0, client, 90_000), 11);
            bench.judge(server.ack(0, client, 90_000), 100);
            bench.judge(client.data(3, "two"), 110);
            bench.finish();
            assertEquals("onetwo", bench.forward().text());
            assertEquals(0, bench.counts().gaps());
        }
    }

    @Test
    void aGapCanBeSkipped() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, SKIPPING)) {
            bench.judge(client.syn(), 0);
            bench.judge(client.data(0, "one"), 0);
            bench.judge(client.data(6, "three"), 0);
            bench.judge(client.data(20, "five"), 0);
            bench.judge(client.data(11, "four"), 6_000);
            bench.judge(client.fin(24), 11_001);
            bench.finish();
            assertEquals(
                    List.of("0:one:OPEN", "0:one:GAP", "6:threefour:OPEN", "6:threefour:GAP", "20:five:FINISHED"),
                    bench.forward().calls);
        }
    }

    @Test
    void waitingIsBoundedByBytesToo() {
        try (StreamBench bench = new StreamBench(SMALL)) {
            bench.judge(client.syn());
            for (int i = 1; i < 30; i++) {
                bench.judge(client.data(10 * i, "0123456789"));
            }
            bench.finish();
            assertEquals(List.of("0::GAP"), bench.forward().calls);
            assertTrue(bench.counts().refused() >= 10);
        }
    }

    @Test
    void tooManyHolesAreNotRemembered() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            for (int i = 1; i <= 40; i++) {
                bench.judge(client.data(2 * i, "x"));
            }
            assertEquals(40 - Ranges.MAX, bench.counts().refused());
            bench.finish();
        }
    }

    @Test
    void theLimitIsToldAndConsumingGoesBeyondIt() {
        try (StreamBench bench = new StreamBench(SMALL)) {
            bench.judge(client.syn());
            bench.judge(client.data(0, new byte[60]));
            bench.judge(client.data(60, new byte[60]));
            bench.judge(client.data(120, new byte[60]));
            bench.finish();
            assertEquals(100, bench.forward().bytes().length);
            assertEquals(StreamEnd.LIMIT, bench.forward().end);
            assertEquals(1, bench.counts().limits());
            assertEquals(0, bench.counts().usedBytes());
        }
        byte[] large = new byte[60_000];
        new Random(1).nextBytes(large);
        StreamInspector consuming = (stream, packet, flow) -> {
            stream.consume(Math.min(70, stream.bytes().length()));
            return Verdict.CONTINUE;
        };
        try (StreamBench bench = new StreamBench(SMALL, consuming)) {
            bench.judge(client.syn());
            bench.judge(client.data(0, large)); // one large segment, as offload makes
            bench.finish();
            assertArrayEquals(large, bench.forward().bytes());
            assertEquals(0, bench.counts().limits());
        }
    }

    @Test
    void finEndsTheStreamWhereItStandsWheneverItComes() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(client.fin(6));
            bench.judge(client.data(3, "two"));
            assertEquals(List.of(), bench.forward().calls);
            bench.judge(client.data(0, "one"));
            bench.judge(client.data(6, "more"));
            bench.judge(server.data(0, "answer"));
            bench.finish();
            assertEquals(List.of("0:onetwo:FINISHED"), bench.forward().calls);
            assertEquals("answer", bench.reverse().text());
        }
    }

    @Test
    void nothingIsReadBehindTheFin() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(client.fin(3));
            bench.judge(client.data(0, "onetwo"));
            bench.finish();
            assertEquals(List.of("0:one:FINISHED"), bench.forward().calls);
            assertEquals(1, bench.counts().outside());
        }
    }

    @Test
    void aResetThatTheReceiverBelievesEndsBothDirections() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(server.synAck(client));
            bench.judge(client.data(0, "ask"));
            bench.judge(server.data(0, "answer"));
            bench.judge(client.rst(50_000)); // RFC 5961: not the number that the server expects
            bench.judge(client.data(3, "more"));
            assertEquals(StreamEnd.OPEN, bench.forward().end);
            bench.judge(client.rst(7));
            bench.finish();
            assertEquals("askmore", bench.forward().text());
            assertEquals(StreamEnd.RESET, bench.forward().end);
            assertEquals(StreamEnd.RESET, bench.reverse().end);
            assertEquals(1, bench.counts().outside());
        }
    }

    @Test
    void aRefusedConnectionEnds() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.at(-1).syn().payload("early").build());
            bench.judge(PacketBuilder.ethernet()
                    .ip("10.0.0.2", "10.0.0.1")
                    .tcp(80, Peer.FIRST_PORT)
                    .sequence(0)
                    .acknowledgment(1006)
                    .rst()
                    .build());
            bench.finish();
            assertEquals(List.of("0:early:OPEN", "0:early:RESET"), bench.forward().calls);
            assertEquals(0, bench.counts().usedBytes());
        }
    }

    @Test
    void whatIsLeftIsShownWhenTheFlowEnds() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(client.data(0, "unfinished"));
            bench.finish();
            assertEquals(List.of("0:unfinished:OPEN", "0:unfinished:ABANDONED"), bench.forward().calls);
            assertEquals(0, bench.counts().usedBytes());
        }
    }

    @Test
    void aFlowThatIsNotWantedIsNotRead() {
        StreamInspector none = new StreamInspector() {
            @Override
            public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
                return Verdict.DROP;
            }

            @Override
            public boolean wants(Packet packet, Flow flow) {
                return false;
            }
        };
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, none)) {
            bench.judge(client.syn());
            assertEquals(Verdict.Kind.ACCEPT, bench.judge(client.data(0, "x")));
            bench.finish();
            assertEquals(List.of(), bench.forward().calls);
        }
    }

    @Test
    void anInspectorThatThrowsIsNotAskedAgainAboutThatDirection() {
        StreamInspector throwing = (stream, packet, flow) -> {
            throw new IllegalStateException("a bug");
        };
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, throwing)) {
            bench.judge(client.syn());
            bench.judge(client.data(0, "one"));
            bench.judge(client.data(3, "two"));
            bench.judge(server.data(0, "three"));
            bench.finish();
            assertEquals(2, bench.errors());
            assertEquals(1, bench.forward().calls.size());
            assertEquals(1, bench.reverse().calls.size());
        }
    }

    @Test
    void bytesThatWereDiscardedAreDiscardedEachTime() {
        StreamInspector dropping = (stream, packet, flow) -> {
            stream.consume(stream.bytes().length());
            return stream.offset() == 3 ? Verdict.DROP : Verdict.CONTINUE;
        };
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, dropping)) {
            bench.judge(client.syn());
            assertEquals(Verdict.Kind.ACCEPT, bench.judge(client.data(0, "one")));
            assertEquals(Verdict.Kind.DROP, bench.judge(client.data(3, "two")));
            assertEquals(Verdict.Kind.DROP, bench.judge(client.data(3, "two")));
            assertEquals(Verdict.Kind.DROP, bench.judge(client.data(3, "twothree")));
            assertEquals(Verdict.Kind.ACCEPT, bench.judge(client.data(6, "three")));
            bench.finish();
        }
    }

    @Test
    void whatTheReceiverDoesNotReadIsLeftOutIfAskedFor() {
        for (boolean verify : new boolean[] {true, false}) {
            try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT.withVerifyChecksums(verify))) {
                bench.judge(client.syn());
                bench.judge(client.at(0).ack().payload("decoy").badChecksum().build());
                bench.judge(client.data(0, "truth"));
                bench.finish();
                assertEquals(verify ? "truth" : "decoy", bench.forward().text());
                assertEquals(verify ? 1 : 0, bench.counts().badChecksums());
            }
        }
    }

    @Test
    void aSegmentInFragmentsIsReadInItsPlace() {
        byte[] text = new byte[3_000];
        Arrays.fill(text, (byte) 'x');
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(client.data(0, "<"));
            for (byte[] fragment : client.at(1).ack().psh().payload(text).copy().fragments(1280)) {
                bench.judge(fragment);
            }
            bench.judge(client.data(3_001, ">"));
            bench.finish();
            assertEquals("<" + "x".repeat(3_000) + ">", bench.forward().text());
            assertEquals(1, bench.counts().fragments().datagrams());
        }
    }

    @Test
    void datagramsAreShownOneByOneWhetherTheyCameInFragmentsOrNot() {
        PacketBuilder large = PacketBuilder.ethernet()
                .ip("10.0.0.2", "10.0.0.1")
                .udp(80, Peer.FIRST_PORT)
                .payload("y".repeat(2_000));
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT.withDatagrams(true))) {
            byte[] small = PacketBuilder.ethernet()
                    .ip("10.0.0.1", "10.0.0.2")
                    .udp(Peer.FIRST_PORT, 80)
                    .payload("query")
                    .build();
            bench.judge(small);
            bench.judge(small);
            large.fragments(1280).forEach(bench::judge);
            List<byte[]> overtaken =
                    new ArrayList<>(large.copy().identification(3).fragments(1280));
            Collections.reverse(overtaken);
            bench.finish();
            assertEquals(List.of("0:query:OPEN", "5:query:OPEN"), bench.forward().calls);
            assertEquals("y".repeat(2_000), bench.reverse().text());
        }
    }

    @Test
    void aDatagramWhoseFirstFragmentWasOvertakenIsReadAsWell() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT.withDatagrams(true))) {
            List<byte[]> overtaken = new ArrayList<>(PacketBuilder.ethernet()
                    .ip("10.0.0.2", "10.0.0.1")
                    .udp(80, Peer.FIRST_PORT)
                    .payload("z".repeat(2_000))
                    .fragments(1280));
            Collections.reverse(overtaken);
            overtaken.forEach(bench::judge);
            bench.finish();
            assertEquals(1, bench.counts().fragments().datagrams());
            assertEquals(1, bench.counts().streams());
        }
    }
}
