package dev.weir.classify.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Flow;
import dev.weir.Ledger;
import dev.weir.LinkType;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Reason;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.Application;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.dns.DnsName;
import dev.weir.packet.dns.DnsSection;
import dev.weir.packet.dns.DnsType;
import dev.weir.packet.dns.DnsView;
import dev.weir.testkit.InjectedPacket;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.DnsMessageBuilder;
import dev.weir.testkit.packet.PacketBuilder;
import dev.weir.testkit.packet.TcpConversation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DnsClassifierTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String CLIENT = "10.0.0.1";
    private static final String SERVER = "10.0.0.53";

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final DnsListener listener = new DnsListener() {
        @Override
        public void message(DnsView message, Packet packet, Flow flow) {
            told.add(message.isResponse() ? "response" : "query");
        }

        @Override
        public void blocked(DnsView message, DnsName name, Reason reason, Packet packet, Flow flow) {
            told.add(name + " for " + reason.rule());
        }

        @Override
        public void malformed(Packet packet, Flow flow) {
            told.add("malformed");
        }
    };
    private MemoryCapture memory = MemoryCapture.create();
    private Pipeline pipeline;
    private int port = 20_000;

    private void run(PipelineBuilder builder) {
        pipeline = builder.open();
        pipeline.start();
    }

    private void run(DnsClassifier classifier) {
        run(Pipeline.from(memory.name()).classify(classifier));
    }

    private DnsClassifier.Builder blocking(DnsPolicy.Builder policy) {
        return DnsClassifier.builder().policy(policy.build()).listener(listener);
    }

    @AfterEach
    void close() {
        if (pipeline != null) {
            pipeline.stop();
            assertTrue(pipeline.ledger().isBalanced());
            assertEquals(0, pipeline.ledger().decisions().count(Ledger.Cause.CLASSIFIER_ERROR));
            pipeline.close();
        }
        memory.close();
    }

    private PacketBuilder fromClient(DnsMessageBuilder message) {
        return PacketBuilder.ethernet().ip(CLIENT, SERVER).udp(port, 53).payload(message.build());
    }

    private PacketBuilder fromServer(DnsMessageBuilder message) {
        return PacketBuilder.ethernet().ip(SERVER, CLIENT).udp(53, port).payload(message.build());
    }

    private static DnsMessageBuilder query(String name) {
        return DnsMessageBuilder.query(1).question(name, DnsType.A);
    }

    private String ask(String name) {
        port++;
        Verdict verdict = memory.inject(fromClient(query(name))).await(SOON);
        return verdict.kind() + " " + verdict.reason().rule();
    }

    private String answer(DnsMessageBuilder message) {
        port++;
        Verdict verdict = memory.inject(fromServer(message)).await(SOON);
        return verdict.kind() + " " + verdict.reason().rule();
    }

    @Test
    void thePluginBlocksByRegularExpression() {
        run(Pipeline.from(memory.name()).workers(2).classify("dns", Map.of("block", "malicious-.*\\.com")));
        assertEquals("DROP pattern malicious-.*\\.com", ask("malicious-ads.com"));
        assertEquals("DROP pattern malicious-.*\\.com", ask("MALICIOUS-Ads.COM"));
        assertEquals("ACCEPT ", ask("www.malicious-ads.com"));
        assertEquals("ACCEPT ", ask("malicious-ads.com.example.org"));
        assertEquals("ACCEPT ", ask("example.com"));
    }

    @Test
    void thePluginBlocksByNameDomainAndAddress() {
        run(Pipeline.from(memory.name())
                .classify(
                        "dns",
                        Map.of(
                                "block-names", "one.example  two.example.",
                                "block-domains", "bad.example",
                                "block-addresses", "192.0.2.0/24 2001:db8::/32",
                                "allow-names", "good.bad.example",
                                "blocking", "reject")));
        assertEquals("REJECT name one.example", ask("one.example"));
        assertEquals("REJECT name two.example.", ask("two.example"));
        assertEquals("ACCEPT ", ask("www.one.example"));
        assertEquals("REJECT domain bad.example", ask("bad.example"));
        assertEquals("REJECT domain bad.example", ask("a.b.bad.example"));
        assertEquals("ACCEPT ", ask("good.bad.example"));
        assertEquals("ACCEPT ", ask("notbad.example"));
        DnsMessageBuilder inside = DnsMessageBuilder.response(1, 0)
                .question("x.example", DnsType.A)
                .address("x.example", "198.51.100.1")
                .address("x.example", "192.0.2.77");
        assertEquals("REJECT addresses 192.0.2.0/24", answer(inside));
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocking", "malformed", "ports", "block", "block-names", "block-addresses", "block-lists"})
    void thePluginRefusesValuesThatAreWrong(String option) {
        String wrong = option.equals("block") ? "(" : option.equals("block-names") ? "a..b" : "wrong";
        PipelineBuilder builder = Pipeline.from(memory.name()).classify("dns", Map.of(option, wrong));
        assertTrue(assertThrows(WeirException.class, builder::open).getMessage().length() > 10);
    }

    @Test
    void answersAreBlockedByTheNamesThatTheyPointTo() {
        run(blocking(DnsPolicy.builder().blockDomain("bad.example")).build());
        assertEquals(
                "DROP domain bad.example",
                answer(DnsMessageBuilder.response(1, 0)
                        .question("harmless.example", DnsType.A)
                        .cname("harmless.example", "x.cdn.example")
                        .cname("x.cdn.example", "tracker.bad.example")
                        .address("tracker.bad.example", "198.51.100.1")));
        assertEquals(List.of("response", "tracker.bad.example for domain bad.example"), told);
        assertEquals(
                "DROP domain bad.example",
                answer(DnsMessageBuilder.response(1, 0)
                        .question("harmless.example", DnsType.HTTPS)
                        .pointing("harmless.example", DnsType.HTTPS, "bad.example", 1)));
        assertEquals(
                "ACCEPT ",
                answer(DnsMessageBuilder.response(1, 0)
                        .question("harmless.example", DnsType.A)
                        .address("harmless.example", "198.51.100.1")
                        .in(DnsSection.AUTHORITY)
                        .pointing("harmless.example", DnsType.NS, "ns.bad.example")));
    }

    @Test
    void addressesInHintsAreAddresses() {
        run(blocking(DnsPolicy.builder().blockAddresses("2001:db8:bad::/48").blockAddresses("192.0.2.9"))
                .build());
        byte[] hint4 = HexFormat.of().parseHex("000100" + "00040008" + "c6336401" + "c0000209");
        assertEquals(
                "DROP addresses 192.0.2.9",
                answer(DnsMessageBuilder.response(1, 0).record("a.example", DnsType.HTTPS, hint4)));
        byte[] hint6 = HexFormat.of().parseHex("000100" + "00060010" + "20010db80bad00000000000000000001");
        assertEquals(
                "DROP addresses 2001:db8:bad::/48",
                answer(DnsMessageBuilder.response(1, 0).record("a.example", DnsType.HTTPS, hint6)));
        assertEquals("a.example for addresses 2001:db8:bad::/48", told.get(told.size() - 1));
    }

    @Test
    void anotherPolicyIsAppliedFromOneMessageToTheNext() {
        DnsClassifier classifier =
                blocking(DnsPolicy.builder().blockName("a.example")).build();
        run(classifier);
        assertEquals("DROP name a.example", ask("a.example"));
        classifier.replace(DnsPolicy.builder().blockPattern("b\\..*").build());
        assertEquals("ACCEPT ", ask("a.example"));
        assertEquals("DROP pattern b\\..*", ask("b.example"));
    }

    @Test
    void theFlowKnowsWhatWasAskedFor() {
        List<String> known = new CopyOnWriteArrayList<>();
        run(Pipeline.from(memory.name())
                .classify(DnsClassifier.builder().build())
                .classify((packet, flow) -> {
                    Application application = Application.of(flow);
                    known.add(application.protocol() + " " + application.serverName());
                    return Verdict.CONTINUE;
                }));
        ask("www.Example.com");
        memory.inject(PacketBuilder.ethernet()
                        .ip(CLIENT, "224.0.0.251")
                        .udp(5353, 5353)
                        .payload(query("printer.local").build()))
                .await(SOON);
        assertEquals(List.of("dns www.Example.com", "mdns printer.local"), known);
    }

    private DnsMessageBuilder badAnswer() {
        return DnsMessageBuilder.response(0x1234, 0)
                .question("www.bad.example", DnsType.A)
                .address("www.bad.example", "198.51.100.1")
                .in(DnsSection.ADDITIONAL)
                .record("", DnsType.OPT, 1232, 0);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.53, 10.0.0.1", "2001:db8::53, 2001:db8::1"})
    void anAnswerBecomesNoSuchName(String server, String client) {
        run(blocking(DnsPolicy.builder().blockDomain("bad.example"))
                .blocking(DnsBlocking.NXDOMAIN)
                .build());
        assertEquals("ACCEPT ", ask("www.bad.example"), "the question passes");
        InjectedPacket answer = memory.inject(PacketBuilder.ethernet()
                .vlan(7)
                .ip(server, client)
                .udp(53, port)
                .payload(badAnswer().build()));
        assertEquals(Verdict.Kind.REPLACE, answer.await(SOON).kind());

        byte[] expected = PacketBuilder.ethernet()
                .vlan(7)
                .ip(server, client)
                .udp(53, port)
                .payload(DnsMessageBuilder.response(0x1234, 3)
                        .question("www.bad.example", DnsType.A)
                        .build())
                .build();
        assertArrayEquals(expected, answer.output(), "lengths and checksums as a builder makes them");
        Headers headers = new Headers();
        headers.decode(Bytes.of(answer.output()), LinkType.ETHERNET);
        assertEquals(33, headers.payloadLength());
    }

    @Test
    void whereNothingCanBeReplacedTheAnswerIsDropped() {
        memory.close();
        memory = MemoryCapture.builder()
                .carriesOut(Verdict.Kind.ACCEPT, Verdict.Kind.DROP)
                .create();
        run(blocking(DnsPolicy.builder().blockDomain("bad.example"))
                .blocking(DnsBlocking.NXDOMAIN)
                .build());
        assertEquals(
                Verdict.Kind.DROP,
                memory.inject(fromServer(badAnswer())).await(SOON).kind());
        assertEquals(1, pipeline.ledger().decisions().count(Ledger.Cause.CLASSIFIER));
    }

    private List<Verdict.Kind> play(List<byte[]> frames) {
        List<Verdict.Kind> kinds = new ArrayList<>();
        for (byte[] frame : frames) {
            kinds.add(memory.inject(frame).await(SOON).kind());
        }
        return kinds;
    }

    @ParameterizedTest
    @ValueSource(ints = {1460, 20, 1})
    void overTcpTheSegmentThatCompletesABlockedMessageIsTheFirstThatIsDropped(int segmentBytes) {
        run(blocking(DnsPolicy.builder().blockDomain("bad.example")).build());
        byte[] good = query("good.example").buildForTcp();
        byte[] bad = query("www.bad.example").buildForTcp();
        TcpConversation conversation = TcpConversation.between(CLIENT, 4711, SERVER, 53)
                .segments(segmentBytes)
                .handshake()
                .fromClient(good)
                .fromClient(bad);
        List<byte[]> frames = conversation.fromClient(good).frames();
        int before = 3 + parts(good, segmentBytes) + parts(bad, segmentBytes) - 1;
        List<Verdict.Kind> kinds = play(frames);
        assertEquals(before, kinds.indexOf(Verdict.Kind.DROP));
        assertFalse(kinds.subList(before, kinds.size()).contains(Verdict.Kind.ACCEPT), "and all that follow");
        assertEquals(List.of("query", "query", "www.bad.example for domain bad.example"), told);
    }

    private static int parts(byte[] data, int segmentBytes) {
        return (data.length + segmentBytes - 1) / segmentBytes;
    }

    @Test
    void overTcpSeveralMessagesMayComeAtOnce() {
        run(blocking(DnsPolicy.builder().blockDomain("bad.example")).build());
        byte[] both = HexFormat.of()
                .parseHex(HexFormat.of().formatHex(query("a.example").buildForTcp())
                        + HexFormat.of().formatHex(query("b.example").buildForTcp()));
        List<byte[]> frames = TcpConversation.between(CLIENT, 4711, SERVER, 53)
                .handshake()
                .fromClient(both)
                .fromServer(badAnswer().buildForTcp())
                .frames();
        List<Verdict.Kind> kinds = play(frames);
        assertEquals(Verdict.Kind.DROP, kinds.get(kinds.size() - 1));
        assertEquals(List.of("query", "query", "response", "www.bad.example for domain bad.example"), told);
    }

    /** The second of three is missing though the server has it. */
    private List<byte[]> withoutTheSecond(byte[] first, byte[] second, byte[]... others) {
        TcpConversation conversation =
                TcpConversation.between(CLIENT, 4711, SERVER, 53).handshake();
        conversation.fromClient(first).fromServer(response().buildForTcp());
        int missing = conversation.frames().size();
        conversation.fromClient(second).fromServer(response().buildForTcp());
        for (byte[] other : others) {
            conversation.fromClient(other).fromServer(response().buildForTcp());
        }
        List<byte[]> frames = new ArrayList<>(conversation.frames());
        frames.remove(missing);
        return frames;
    }

    private static DnsMessageBuilder response() {
        return DnsMessageBuilder.response(1, 0).question("good.example", DnsType.A);
    }

    private void playWithPauses(List<byte[]> frames) {
        long atNs = 1_000_000_000L;
        for (byte[] frame : frames) {
            memory.prepare(frame).timestampNs(atNs).inject().await(SOON);
            atNs += 60_000_000L;
        }
    }

    @Test
    void overTcpMessagesAreReadOnBehindAMissingSegment() {
        run(blocking(DnsPolicy.builder().blockDomain("bad.example")).build());
        playWithPauses(withoutTheSecond(
                query("a.example").buildForTcp(),
                query("lost.example").buildForTcp(),
                query("b.example").buildForTcp(),
                query("www.bad.example").buildForTcp()));
        assertEquals(
                List.of(
                        "query",
                        "response",
                        "response",
                        "query",
                        "response",
                        "query",
                        "www.bad.example for domain bad.example"),
                told);
    }

    @Test
    void behindAMissingSegmentOnlyWhatFitsAsAWholeIsAMessage() {
        run(DnsClassifier.builder().listener(listener).build());
        byte[] odd = query("odd.example").buildForTcp();
        byte[] otherOpcode = odd.clone();
        otherOpcode[4] = 0x78;
        byte[] tooShort = odd.clone();
        tooShort[1]--;
        byte[] withMore = Arrays.copyOf(odd, odd.length + 1);
        withMore[1]++;
        byte[] manyQuestions = odd.clone();
        manyQuestions[6] = 1;
        playWithPauses(withoutTheSecond(
                query("a.example").buildForTcp(),
                query("lost.example").buildForTcp(),
                otherOpcode,
                tooShort,
                withMore,
                manyQuestions,
                query("b.example").buildForTcp()));
        assertEquals(2, told.stream().filter("query"::equals).count(), told::toString);
        assertFalse(told.contains("malformed"));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.53, 10.0.0.1, false",
        "10.0.0.53, 10.0.0.1, true",
        "2001:db8::53, 2001:db8::1, false",
        "2001:db8::53, 2001:db8::1, true"
    })
    void theFragmentThatCompletesABlockedAnswerIsDropped(String server, String client, boolean backwards) {
        run(blocking(DnsPolicy.builder().blockAddresses("192.0.2.0/24"))
                .blocking(DnsBlocking.NXDOMAIN)
                .build());
        DnsMessageBuilder answer = DnsMessageBuilder.response(1, 0).question("many.example", DnsType.A);
        for (int i = 0; i < 200; i++) {
            answer.address("many.example", i < 199 ? "198.51.100." + i : "192.0.2.1");
        }
        List<byte[]> fragments = PacketBuilder.ethernet()
                .ip(server, client)
                .udp(53, 4711)
                .payload(answer.build())
                .fragments(1280);
        if (backwards) {
            java.util.Collections.reverse(fragments);
        }
        List<Verdict.Kind> kinds = play(fragments);
        assertEquals(List.of(Verdict.Kind.ACCEPT, Verdict.Kind.ACCEPT, Verdict.Kind.DROP), kinds);
        assertEquals(List.of("response", "many.example for addresses 192.0.2.0/24"), told);
    }

    @Test
    void whatIsNoDnsPassesOrNotAsWasAskedFor() {
        run(blocking(DnsPolicy.builder()).build());
        byte[] noDns = {1, 2, 3};
        assertEquals(
                Verdict.ACCEPT,
                memory.inject(PacketBuilder.ethernet()
                                .ip(CLIENT, SERVER)
                                .udp(9, 53)
                                .payload(noDns))
                        .await(SOON));
        assertEquals(List.of("malformed"), told);
        close();
        memory = MemoryCapture.create();
        run(blocking(DnsPolicy.builder()).dropMalformed().build());
        assertEquals(
                "malformed",
                memory.inject(PacketBuilder.ethernet()
                                .ip(CLIENT, SERVER)
                                .udp(9, 53)
                                .payload(noDns))
                        .await(SOON)
                        .reason()
                        .rule());
        assertEquals("DROP malformed", answer(badAnswer().stateOneMore(DnsSection.ADDITIONAL)));
        List<Verdict.Kind> tcp = play(TcpConversation.between(CLIENT, 4711, SERVER, 53)
                .handshake()
                .fromClient("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n".repeat(700))
                .frames());
        assertEquals(Verdict.Kind.DROP, tcp.get(tcp.size() - 1));
        assertEquals(
                Verdict.ACCEPT,
                memory.inject(PacketBuilder.ethernet()
                                .ip(CLIENT, SERVER)
                                .udp(9, 54)
                                .payload(noDns))
                        .await(SOON));
    }

    @Test
    void aMessageOfThousandsOfNamesIsLookedThroughToABound() {
        run(blocking(DnsPolicy.builder().blockName("n0.example").blockName("last.example"))
                .dropMalformed()
                .build());
        DnsMessageBuilder message = DnsMessageBuilder.response(1, 0);
        for (int i = 1; i <= DnsMatcher.MAX_NAMES; i++) {
            message.record("n" + i + ".example", DnsType.TXT);
        }
        assertEquals("ACCEPT ", answer(message));
        assertEquals("DROP malformed", answer(message.record("more.example", DnsType.TXT)));
    }

    @Test
    void portsAreThoseThatWereGiven() {
        run(blocking(DnsPolicy.builder().blockDomain("example"))
                .ports(java.util.Set.of(8053))
                .build());
        assertEquals("ACCEPT ", ask("www.example"));
        byte[] query = query("www.example").build();
        assertEquals(
                Verdict.Kind.DROP,
                memory.inject(PacketBuilder.ethernet()
                                .ip(CLIENT, SERVER)
                                .udp(9, 8053)
                                .payload(query))
                        .await(SOON)
                        .kind());
    }
}
