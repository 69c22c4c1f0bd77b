package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Classifier;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.Verdict.Kind;
import dev.weir.WeirException;
import dev.weir.packet.dns.DnsType;
import dev.weir.stream.StreamMode;
import dev.weir.stream.StreamOptions;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.DnsMessageBuilder;
import dev.weir.testkit.packet.PacketBuilder;
import dev.weir.testkit.packet.TcpConversation;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules about content, on conversations in a real pipeline. */
class RuleContentTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final StreamOptions HOLD = StreamOptions.DEFAULT.withMode(StreamMode.HOLD);

    private int port = 4000;

    /** Brings packets one after the other. */
    private record Line(MemoryCapture memory) {
        List<Verdict> bring(TcpConversation conversation) {
            return memory.injectAll(conversation.frames()).stream()
                    .map(packet -> packet.await(SOON))
                    .toList();
        }

        Verdict last(TcpConversation conversation) {
            List<Verdict> verdicts = bring(conversation);
            return verdicts.get(verdicts.size() - 1);
        }

        /** {@code rule} when it was dropped, or {@code pass}. */
        String fate(TcpConversation conversation) {
            return fate(last(conversation));
        }

        String fate(byte[] packet) {
            return fate(memory.inject(packet).await(SOON));
        }

        private static String fate(Verdict verdict) {
            return verdict.kind() == Kind.ACCEPT ? "pass" : verdict.reason().rule();
        }
    }

    private static void through(Classifier classifier, Consumer<Line> test) {
        try (MemoryCapture memory = MemoryCapture.create();
                Pipeline pipeline =
                        Pipeline.from(memory.name()).classify(classifier).open()) {
            pipeline.start();
            test.accept(new Line(memory));
        }
    }

    private TcpConversation connection() {
        return TcpConversation.between("10.0.0.1", port++, "10.0.0.2", 80).handshake();
    }

    private TcpConversation request(String text) {
        return connection().fromClient(text.replace("|", "\r\n"));
    }

    private static Rule drop(ConditionType type, String... values) {
        return Rule.named("rule").when(type, values).drop();
    }

    private static RuleSet rules(Rule... rules) {
        RuleSet.Builder builder = RuleSet.builder();
        for (Rule rule : rules) {
            builder.add(rule);
        }
        return builder.build();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "HTTP_URI_REGEX; ^/admin; GET /admin/x HTTP/1.1|Host: a||; rule",
                "HTTP_URI_REGEX; ^/admin; GET /x/admin HTTP/1.1|Host: a||; pass",
                "HTTP_URI_REGEX; ^/admin; GET /%61dmin HTTP/1.1|Host: a||; rule",
                "HTTP_URI_REGEX; \\.\\./; GET /a/..%2f..%2fetc/passwd HTTP/1.0||; rule",
                "HTTP_METHOD; DELETE; DELETE / HTTP/1.1||; rule",
                "HTTP_METHOD; DELETE; delete / HTTP/1.1||; pass",
                "HTTP_HOST; bad.example; GET / HTTP/1.1|host:\tBAD.example.:8080 ||; rule",
                "HTTP_HOST; bad.example; GET / HTTP/1.1|Host: very.bad.example||; pass",
                "HTTP_HOST; *.bad.example; GET / HTTP/1.1|Host: very.bad.example||; rule",
                "HTTP_HOST; *.bad.example; GET / HTTP/1.1|Host: bad.example||; pass",
                "HTTP_HOST; .bad.example; GET / HTTP/1.1|Host: bad.example||; rule",
                "HTTP_HOST; .bad.example; GET / HTTP/1.1|Host: notbad.example||; pass",
                "HTTP_HOST; /^b[aeiou]d/; GET http://bed.example/ HTTP/1.1|Host: good||; rule",
                "HTTP_HEADER_CONTAINS; User-Agent: CURL/; GET / HTTP/1.1|user-agent: curl/8.0||; rule",
                "HTTP_HEADER_CONTAINS; User-Agent: curl/; GET / HTTP/1.1|X: curl/8.0||; pass",
                "HTTP_HEADER_CONTAINS; curl; GET / HTTP/1.1|X: my curl||; rule",
                "HTTP_HEADER_CONTAINS; X: my curl; GET / HTTP/1.1|X: my|  \tcurl||; rule",
                "HTTP_HEADER_CONTAINS; my curl; GET / HTTP/1.1|X: my| curl||; rule",
                "PAYLOAD_REGEX; (?i)jndi:(ldap|rmi); GET / HTTP/1.1|X: ${JNDI:ldap://x}||; rule",
                "PAYLOAD_REGEX; ^GET; POST /GET HTTP/1.1||; pass",
                "TLS_SNI; a; GET / HTTP/1.1|Host: a||; pass",
                "DNS_QUERY; a; GET / HTTP/1.1|Host: a||; pass",
            })
    void whatARequestSays(ConditionType type, String value, String request, String fate) {
        for (StreamOptions options : new StreamOptions[] {StreamOptions.DEFAULT, HOLD}) {
            RuleSet rules = RuleSet.builder()
                    .streams(options)
                    .add(drop(type, "none.such", value))
                    .build();
            through(rules, line -> {
                assertEquals(fate, line.fate(request(request)), "whole");
                assertEquals(
                        fate,
                        line.fate(connection().segments(3).fromClient(request.replace("|", "\r\n"))),
                        "in segments of three bytes");
            });
        }
    }

    /** A second request after a body that looks like one, on the same connection. */
    @Test
    void laterRequestsOfAConnectionAreJudgedToo() {
        through(rules(drop(ConditionType.HTTP_URI_REGEX, "^/secret")), line -> {
            TcpConversation harmless = request("POST /a HTTP/1.1|Content-Length: 23||GET /secret HTTP/1.1||"
                    + "POST /b HTTP/1.1|Transfer-Encoding: chunked||17|GET /secret HTTP/1.1|||0||");
            assertEquals("pass", line.fate(harmless));
            assertEquals(
                    "rule",
                    line.fate(request("POST /a HTTP/1.1|Content-Length: 23||GET /secret HTTP/1.1||")
                            .fromServer("HTTP/1.1 204 No Content\r\n\r\n")
                            .fromClient("GET /secret HTTP/1.1\r\n\r\n")));
            assertEquals("rule", line.fate(request("GET /secret HTTP/1.1||GET /b HTTP/1.1||")), "the first of two");
            assertEquals("rule", line.fate(request("GET /a HTTP/1.1||GET /secret HTTP/1.1||")), "the second of two");
        });
    }

    /** While it is incomplete, a request waits in one mode and passes in the other; its fate is that of the whole. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anIncompleteRequestWaitsOrPasses(boolean hold) {
        RuleSet rules = RuleSet.builder()
                .streams(hold ? HOLD : StreamOptions.DEFAULT)
                .add(drop(ConditionType.HTTP_HOST, "bad.example"))
                .build();
        through(rules, line -> {
            List<Verdict> verdicts =
                    line.bring(connection().segments(10).fromClient("GET / HTTP/1.1\r\nHost: bad.example\r\n\r\n"));
            int dropped = (int) verdicts.stream()
                    .filter(verdict -> verdict.kind() == Kind.DROP)
                    .count();
            assertEquals(hold ? 4 : 1, dropped, verdicts.toString());
            assertEquals(Verdict.Scope.FLOW, verdicts.get(verdicts.size() - 1).scope(), "it would come again");
        });
    }

    @Test
    void allConditionsHaveToHold() {
        Rule rule = Rule.named("rule")
                .when(ConditionType.HTTP_URI_REGEX, "^/admin")
                .when(ConditionType.HTTP_METHOD, "POST", "PUT")
                .when(ConditionType.IP_SRC_IN, "10.0.0.0/24")
                .when(ConditionType.TCP_DST_PORT, "80")
                .when(ConditionType.PAYLOAD_REGEX, "token=1")
                .drop();
        through(rules(rule), line -> {
            assertEquals("pass", line.fate(request("GET /admin?token=1 HTTP/1.1||")));
            assertEquals("pass", line.fate(request("PUT /user?token=1 HTTP/1.1||")));
            assertEquals("pass", line.fate(request("PUT /admin HTTP/1.1||")));
            assertEquals("rule", line.fate(request("PUT /admin?token=1 HTTP/1.1||")));
            assertEquals(
                    "pass",
                    line.fate(TcpConversation.between("10.0.1.1", 1, "10.0.0.2", 80)
                            .handshake()
                            .fromClient("PUT /admin?token=1 HTTP/1.1\r\n\r\n")));
            assertEquals(
                    "rule",
                    line.fate(request("PUT /admin HTTP/1.1|Content-Length: 9||token=")
                            .fromClient("1")),
                    "the payload comes after the head");
        });
    }

    /** "Accept what goes to this host, drop the rest" lets handshakes through and nothing else. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theRestIsDroppedOnceItIsKnownToBeTheRest(boolean hold) {
        RuleSet rules = RuleSet.builder()
                .streams(hold ? HOLD : StreamOptions.DEFAULT)
                .add(Rule.named("host")
                        .when(ConditionType.HTTP_HOST, "good.example")
                        .forFlow()
                        .accept())
                .otherwise(Verdict.DROP)
                .build();
        through(rules, line -> {
            List<Verdict> good = line.bring(request("GET / HTTP/1.1|Host: good.example||")
                    .fromServer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
            assertTrue(good.stream().allMatch(verdict -> verdict.kind() == Kind.ACCEPT), good.toString());
            assertEquals("host", good.get(good.size() - 1).reason().rule());
            assertEquals("undecided", good.get(0).reason().rule());
            assertEquals("otherwise", line.fate(request("GET / HTTP/1.1|Host: bad.example||")));
            assertEquals("otherwise", line.fate(request("SSH-2.0-x|")));
            assertEquals(
                    "otherwise",
                    line.fate(PacketBuilder.ethernet()
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .udp(1, 2)
                            .payload(new byte[4])
                            .build()),
                    "nothing about HTTP can come here");
        });
    }

    @Test
    void aLaterAcceptanceHoldsForPacketsOnlyWhileAnEarlierRuleIsOpen() {
        RuleSet rules = rules(
                drop(ConditionType.HTTP_URI_REGEX, "^/bad"),
                Rule.named("web")
                        .when(ConditionType.TCP_DST_PORT, "80")
                        .forFlow()
                        .accept());
        through(rules, line -> {
            List<Verdict> verdicts =
                    line.bring(request("GET /good HTTP/1.1||").fromClient("GET /bad HTTP/1.1\r\n\r\n"));
            assertEquals("rule", verdicts.get(verdicts.size() - 1).reason().rule());
            assertEquals("web", verdicts.get(0).reason().rule());
            assertEquals(Verdict.Scope.PACKET, verdicts.get(0).scope());
            assertEquals(
                    Verdict.Scope.FLOW,
                    line.last(request("SSH-2.0-x|").fromServer("SSH-2.0-y\r\n").fromClient("x"))
                            .scope(),
                    "no longer open where it is not HTTP");
        });
    }

    private static byte[] clientHello(String serverName) {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine(serverName, 443);
            engine.setUseClientMode(true);
            ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), record);
            byte[] hello = new byte[record.position()];
            record.get(0, hello);
            return hello;
        } catch (GeneralSecurityException | SSLException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theServerNameOfAClientHello(boolean hold) {
        RuleSet rules = RuleSet.builder()
                .streams(hold ? HOLD : StreamOptions.DEFAULT)
                .add(drop(ConditionType.TLS_SNI, ".bad.example"))
                .add(Rule.named("all tls").when(ConditionType.TLS_SNI, "/./").mark(1, 1))
                .build();
        through(rules, line -> {
            for (int segment : new int[] {1460, 20}) {
                assertEquals(
                        "rule", line.fate(connection().segments(segment).fromClient(clientHello("www.bad.example"))));
                Verdict good = line.last(connection().segments(segment).fromClient(clientHello("good.example")));
                assertEquals(Kind.MARK, good.kind());
            }
        });
    }

    @Test
    void namesAskedForInDnsOverUdpAndTcp() {
        byte[] bad = DnsMessageBuilder.query(1)
                .question("WWW.Bad.example", DnsType.A)
                .build();
        byte[] good =
                DnsMessageBuilder.query(1).question("good.example", DnsType.A).build();
        byte[] overTcp =
                DnsMessageBuilder.query(1).question("a.bad.example", DnsType.A).buildForTcp();
        through(rules(drop(ConditionType.DNS_QUERY, "*.bad.example")), line -> {
            assertEquals("rule", line.fate(udp(5000, 53, bad)));
            assertEquals("pass", line.fate(udp(5000, 53, good)), "another query of the same flow");
            assertEquals("rule", line.fate(udp(5000, 53, bad)));
            assertEquals("pass", line.fate(udp(5000, 54, bad)), "not a port of DNS");
            TcpConversation tcp = TcpConversation.between("10.0.0.1", 5001, "10.0.0.2", 53)
                    .handshake()
                    .segments(7)
                    .fromClient(overTcp);
            assertEquals("rule", line.fate(tcp));
        });
    }

    private static byte[] udp(int sourcePort, int destinationPort, byte[] payload) {
        return PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(sourcePort, destinationPort)
                .payload(payload)
                .build();
    }

    @Test
    void payloadsOfDatagramsAreSearchedOneByOne() {
        through(rules(drop(ConditionType.PAYLOAD_REGEX, "^ab$")), line -> {
            assertEquals("rule", line.fate(udp(1, 2, "ab".getBytes())));
            assertEquals("pass", line.fate(udp(1, 2, "a".getBytes())));
            assertEquals("pass", line.fate(udp(1, 2, "b".getBytes())));
            assertEquals("rule", line.fate(udp(1, 2, "ab".getBytes())));
        });
    }

    @Test
    void aConversationIsReadOnWhenRulesAreReplaced() {
        SwappableRules rules =
                new SwappableRules(rules(drop(ConditionType.HTTP_URI_REGEX, "^/old")), DecidedFlows.KEEP);
        through(rules, line -> {
            List<byte[]> frames = request("POST /a HTTP/1.1|Content-Length: 5||hel")
                    .fromClient("lo")
                    .fromClient("GET /new HTTP/1.1\r\n\r\n")
                    .frames();
            List<String> fates = new ArrayList<>();
            for (int i = 0; i < frames.size(); i++) {
                if (i == frames.size() - 4) {
                    rules.replace(rules(drop(ConditionType.HTTP_URI_REGEX, "^/new")));
                }
                fates.add(line.fate(frames.get(i)));
            }
            assertEquals(1, fates.stream().filter("rule"::equals).count(), fates.toString());
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PAYLOAD_REGEX; (a)\\1; back-reference",
                "HTTP_URI_REGEX; (; not closed",
                "HTTP_METHOD; GE T; a method",
                "HTTP_HOST; a b; a name",
                "TLS_SNI; *; a name",
                "TLS_SNI; a*.example; a name",
                "DNS_QUERY; /(/; not closed",
                "TLS_JA3; xyz; 32 hexadecimal",
                "TLS_JA4; xyz; a JA4",
                "HTTP_HEADER_CONTAINS; 'X: '; says nothing",
            })
    void wrongValuesAreRefused(ConditionType type, String value, String why) {
        WeirException refusal = assertThrows(WeirException.class, () -> rules(drop(type, value)));
        assertTrue(refusal.getMessage().contains("rule \"rule\", " + type.text()), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
    }

    /** Packets that never come to an end keep their verdict for whoever waits. */
    @Test
    void anEndlessHeadIsLetGoAtTheLimit() {
        RuleSet rules = RuleSet.builder()
                .streams(HOLD.withBytesPerDirection(1000))
                .add(drop(ConditionType.HTTP_HEADER_CONTAINS, "X: evil"))
                .build();
        through(rules, line -> {
            TcpConversation padded = connection()
                    .segments(100)
                    .fromClient("GET / HTTP/1.1\r\nX: evil\r\nY: " + "y".repeat(3000) + "\r\n\r\n");
            List<InjectedPacket> packets = line.memory().injectAll(padded.frames());
            long dropped = packets.stream()
                    .filter(packet -> packet.await(SOON).kind() == Kind.DROP)
                    .count();
            assertTrue(dropped > 20, dropped + " dropped: what was read of the head is enough");
        });
    }
}
