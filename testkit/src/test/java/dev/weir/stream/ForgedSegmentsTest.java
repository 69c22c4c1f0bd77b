package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Verdict;
import dev.weir.testkit.InjectedPacket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Segments that the other side never takes, sent to have a reader in between lose the thread: it reads on. */
@Timeout(30)
class ForgedSegmentsTest {
    private static final StreamInspector BLOCKING = (stream, packet, flow) ->
            new String(stream.bytes().toByteArray()).contains("evil") ? Verdict.DROP_FLOW : Verdict.CONTINUE;

    private final Peer client = Peer.client();
    private final Peer server = Peer.server();

    private void open(StreamBench bench) {
        bench.judge(client.syn());
        bench.judge(server.synAck(client));
        bench.judge(client.ack(0, server, 0));
    }

    private void assertBothAreRead(StreamBench bench) {
        bench.judge(client.data(0, "GET /"));
        bench.judge(server.data(0, "200 OK"));
        bench.finish();
        assertEquals("GET /", bench.forward().text());
        assertEquals("200 OK", bench.reverse().text());
    }

    @Test
    void aResetAfterWhichItsSenderGoesOnEndsNothing() {
        for (Peer forger : List.of(client, server)) {
            try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
                open(bench);
                bench.judge(client.data(0, "GET "));
                bench.judge(server.ack(0, client, 4));
                bench.judge(forger == client ? client.rst(4) : server.rst(0)); // the very number that is expected
                bench.judge(client.data(4, "/evil"));
                bench.judge(server.data(0, "here it is"));
                bench.finish();
                assertEquals("GET /evil", bench.forward().text());
                assertEquals("here it is", bench.reverse().text());
                assertEquals(0, bench.counts().outside());
            }
        }
    }

    @Test
    void aResetIsToldWhenTheConnectionStaysSilent() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            open(bench);
            bench.judge(client.data(0, "ask"));
            bench.judge(client.rst(3));
            assertEquals(StreamEnd.OPEN, bench.forward().end);
            bench.finish();
            assertEquals(List.of("0:ask:OPEN", "0:ask:RESET"), bench.forward().calls);
        }
    }

    @Test
    void aResetIsNotToldWhereItsSenderWentOn() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            open(bench);
            bench.judge(client.data(0, "ask"));
            bench.judge(client.rst(3));
            bench.judge(client.ack(3, server, 0));
            bench.finish();
            assertEquals(List.of("0:ask:OPEN", "0:ask:ABANDONED"), bench.forward().calls);
        }
    }

    @Test
    void aResetBehindTheFinIsOneThatMayBeBelieved() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            open(bench);
            bench.judge(server.data(0, "answer"));
            bench.judge(client.fin(0));
            bench.judge(client.rst(1)); // the FIN has a number of its own
            bench.finish();
            assertEquals(StreamEnd.RESET, bench.reverse().end);
            assertEquals(0, bench.counts().outside());
        }
    }

    @Test
    void aResetLetsGoWhatIsHeldAndWhatDecidesIsStillFound() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT.withMode(StreamMode.HOLD), BLOCKING)) {
            open(bench);
            InjectedPacket half = bench.send(client.data(0, "GET /e"));
            InjectedPacket forged = bench.send(client.rst(6));
            assertEquals(Verdict.Kind.ACCEPT, half.await(StreamBench.SOON).kind());
            assertEquals(Verdict.Kind.ACCEPT, forged.await(StreamBench.SOON).kind());
            assertEquals(Verdict.Kind.DROP, bench.judge(client.data(6, "vil")));
            assertEquals(0, bench.counts().stalls());
            bench.finish();
        }
    }

    /** The server does not take them, and tells the client where the connection stands: RFC 5961, 4. */
    @ParameterizedTest
    @EnumSource(StreamMode.class)
    void aSynBehindAForgedResetMakesNobodyForget(StreamMode mode) {
        for (int initial : new int[] {31_337, client.initial() + 6}) { // or as if the next byte began it
            Peer forger = Peer.client(0, initial);
            try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT.withMode(mode), BLOCKING)) {
                open(bench);
                bench.send(client.data(0, "GET /e"));
                bench.judge(client.rst(6));
                bench.judge(forger.syn());
                bench.judge(server.ack(0, client, 6));
                assertEquals(Verdict.Kind.DROP, bench.judge(client.data(6, "vil")));
                bench.judge(forger.syn());
                assertEquals(Verdict.Kind.DROP, bench.judge(client.data(9, " HTTP/1.1")));
                bench.finish();
            }
        }
    }

    /** RFC 9293, 3.10.7.3; a client that drops the RST for another reason, as for its options, goes on. */
    @Test
    void aRefusalAndAFinBeforeTheAnswerEndNothing() {
        Peer forger = Peer.server(0, -1);
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(forger.at(0).acknowledgment(client.initial() + 1).rst().build());
            bench.judge(forger.at(0).acknowledgment(client.initial() + 1).fin().build());
            bench.judge(client.rst(0));
            open(bench);
            assertBothAreRead(bench);
            assertTrue(bench.reverse().fromStart);
        }
    }

    @Test
    void bytesForWhoHasOnlySentASynAreNotRead() {
        Peer forger = Peer.server(0, 31_337);
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(forger.data(0, "decoy"));
            open(bench);
            bench.judge(server.data(0, "truth"));
            bench.finish();
            assertEquals("truth", bench.reverse().text());
            assertEquals(1, bench.counts().outside());
        }
    }

    @Test
    void anAnswerToASynThatWasNotSentMovesNothing() {
        Peer stranger = Peer.client(0, client.initial() - 131_072);
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(server.synAck(stranger));
            bench.judge(client.ack(0, server, 0));
            assertBothAreRead(bench);
            assertTrue(bench.forward().fromStart);
            assertEquals(1, bench.counts().outside());
        }
    }

    @Test
    void anAnswerToASynThatWasNotSentDoesNotTakeThePlaceOfTheTrueOne() {
        Peer stranger = Peer.client(0, 31_337);
        Peer forger = Peer.server(0, 55_555);
        for (boolean forgedFirst : new boolean[] {true, false}) {
            try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
                bench.judge(client.syn());
                bench.judge(forgedFirst ? forger.synAck(stranger) : server.synAck(client));
                bench.judge(forgedFirst ? server.synAck(client) : forger.synAck(stranger));
                assertBothAreRead(bench);
                assertTrue(bench.reverse().fromStart);
            }
        }
    }

    /** The SYN that the answer is for may not have been seen: then the client says so. */
    @Test
    void whoGoesOnAsTheAnswerSaysIsBelieved() {
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(Peer.client(0, 77_777).syn());
            bench.judge(server.synAck(client));
            bench.judge(client.data(0, "GET /"));
            bench.finish();
            assertEquals("GET /", bench.forward().text());
            assertTrue(bench.forward().fromStart);
        }
    }

    @Test
    void aSynWithARstBesideItOpensNothing() {
        Peer forger = Peer.client(0, 31_337);
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT)) {
            bench.judge(client.syn());
            bench.judge(forger.at(-1).flags(0x06).build());
            bench.judge(client.data(0, "GET /"));
            bench.finish();
            assertEquals("GET /", bench.forward().text());
        }
    }
}
