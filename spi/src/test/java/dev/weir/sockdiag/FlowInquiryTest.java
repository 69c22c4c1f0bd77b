package dev.weir.sockdiag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Attribution;
import dev.weir.Attribution.Certainty;
import dev.weir.FlowKey;
import dev.weir.Protocols;
import dev.weir.sockdiag.ProcessSearch.Coverage;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FlowInquiryTest {
    private static final int CLIENT_PORT = 40_000;
    private static final int SERVER_PORT = 80;
    private static final FoundSocket CLIENT = new FoundSocket(SocketState.TCP_ESTABLISHED, SERVER_PORT, 11, 1001, 1000);
    private static final FoundSocket SERVER = new FoundSocket(SocketState.TCP_ESTABLISHED, CLIENT_PORT, 12, 1002, 33);
    private static final FoundSocket NOT_ACCEPTED = new FoundSocket(SocketState.TCP_SYN_RECV, CLIENT_PORT, 12, 0, 0);
    private static final FoundSocket LISTENER = new FoundSocket(SocketState.TCP_LISTEN, 0, 13, 1003, 33);
    private static final FoundSocket OVER = new FoundSocket(SocketState.TCP_TIME_WAIT, CLIENT_PORT, 12, 0, 0);
    private static final ProcessSearch ALL = new ProcessSearch(
            Map.of(
                    1001L, new ProcessOwner(50, "curl", "/user"),
                    1002L, new ProcessOwner(40, "nginx", "/web"),
                    1003L, new ProcessOwner(39, "nginx", "/web")),
            Coverage.COMPLETE,
            0);
    private static final ProcessSearch NONE = new ProcessSearch(Map.of(), Coverage.COMPLETE, 0);
    private static final ProcessSearch UNREADABLE = new ProcessSearch(Map.of(), Coverage.COMPLETE, 12);
    private static final ProcessSearch PUT_OFF = new ProcessSearch(Map.of(), Coverage.PUT_OFF, 0);

    private final FlowInquiry flow = inquiry(Protocols.TCP);

    private static FlowInquiry inquiry(int protocol) {
        return new FlowInquiry(1, FlowKey.of(protocol, "10.0.0.1", CLIENT_PORT, "10.0.0.2", SERVER_PORT));
    }

    private Attribution ask(int attempt, FoundSocket initiator, FoundSocket responder, ProcessSearch search) {
        flow.initiator.take(initiator);
        flow.responder.take(responder);
        flow.initiator.take(search);
        flow.responder.take(search);
        return flow.answer("sockdiag", attempt);
    }

    @Test
    void theSocketOfTheOnlySideOnThisHostIsCertainAtOnce() {
        flow.initiator.isLocal = true;
        Attribution answer = ask(1, CLIENT, null, ALL);
        assertEquals(Certainty.CERTAIN, answer.certainty());
        assertEquals("curl/50", answer.initiator().toString());
        assertEquals("ESTABLISHED", answer.initiator().state());
        assertEquals(1000, answer.initiator().uid());
        assertNull(answer.responder());
        assertNull(ask(2, CLIENT, null, ALL), "nothing new");
    }

    @Test
    void withinTheHostTheListenerIsReplacedByTheConnection() {
        flow.initiator.isLocal = true;
        flow.responder.isLocal = true;
        Attribution first = ask(1, CLIENT, LISTENER, ALL);
        assertEquals(Certainty.LIKELY, first.certainty());
        assertEquals("LISTEN", first.responder().state());
        Attribution second = ask(2, CLIENT, SERVER, ALL);
        assertEquals(Certainty.CERTAIN, second.certainty());
        assertEquals(40, second.responder().pid());
        assertEquals(12, second.responder().cookie());
    }

    @Test
    void whatWasSeenOpenStaysKnownWhenItHasClosed() {
        flow.initiator.isLocal = true;
        assertNull(ask(1, CLIENT, null, PUT_OFF));
        Attribution answer = ask(3, null, null, NONE);
        assertEquals(1001, answer.initiator().inode());
        assertEquals(0, answer.initiator().pid());
        assertTrue(answer.explanation().contains("none in /proc"), answer.explanation());
    }

    @Test
    void aConnectionThatIsNotAcceptedIsItsListeners() {
        flow.responder.isLocal = true;
        flow.responder.take(NOT_ACCEPTED);
        assertTrue(flow.responder.wantsListener());
        Attribution answer = ask(1, null, LISTENER, ALL);
        assertEquals(Certainty.LIKELY, answer.certainty());
        assertEquals(39, answer.owner().pid());
        assertTrue(answer.explanation().contains("listens on port 80"), answer.explanation());
    }

    @Test
    void aListenerForAllAddressesIsNoneOfAnotherHosts() {
        Attribution answer = ask(1, null, LISTENER, ALL);
        assertEquals(Certainty.UNKNOWN, answer.certainty());
        assertTrue(answer.explanation().startsWith("not a flow of this host"), answer.explanation());
    }

    @Test
    void aConnectionThatIsOverHasNoOwner() {
        flow.responder.isLocal = true;
        Attribution answer = ask(1, null, OVER, NONE);
        assertEquals(Certainty.UNKNOWN, answer.certainty());
        assertTrue(answer.explanation().contains("TIME_WAIT"), answer.explanation());
        assertNull(answer.owner());
    }

    @Test
    void aSocketWhoseProcessMayNotBeSeenIsToldWithTheReason() {
        flow.initiator.isLocal = true;
        assertNull(ask(1, CLIENT, null, UNREADABLE), "it may be seen at the next attempt");
        Attribution answer = ask(3, CLIENT, null, UNREADABLE);
        assertEquals(Certainty.LIKELY, answer.certainty());
        assertEquals("socket:[1001]", answer.initiator().toString());
        assertTrue(answer.explanation().contains("CAP_SYS_PTRACE"), answer.explanation());
        assertEquals(Certainty.CERTAIN, ask(5, CLIENT, null, UNREADABLE).certainty());
    }

    @Test
    void aUdpSocketWithAPeerIsCertainAndOneWithoutLikely() {
        FlowInquiry udp = inquiry(Protocols.UDP);
        udp.initiator.isLocal = true;
        udp.initiator.take(CLIENT);
        udp.initiator.take(ALL);
        assertEquals(Certainty.CERTAIN, udp.answer("sockdiag", 1).certainty());

        FlowInquiry unconnected = inquiry(Protocols.UDP);
        unconnected.responder.isLocal = true;
        unconnected.responder.take(new FoundSocket(SocketState.TCP_CLOSE, 0, 13, 1003, 33));
        unconnected.responder.take(ALL);
        Attribution answer = unconnected.answer("sockdiag", 1);
        assertEquals(Certainty.LIKELY, answer.certainty());
        assertEquals("UNCONNECTED", answer.owner().state());
        assertTrue(answer.explanation().contains("UDP socket without a peer"), answer.explanation());
    }
}
