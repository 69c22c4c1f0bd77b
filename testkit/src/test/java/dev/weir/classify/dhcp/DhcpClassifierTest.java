package dev.weir.classify.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.PipelineBuilder;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.Application;
import dev.weir.packet.dhcp.Dhcp4View;
import dev.weir.packet.dhcp.Dhcp6Option;
import dev.weir.packet.dhcp.Dhcp6View;
import dev.weir.packet.dhcp.DhcpMessageType;
import dev.weir.packet.dhcp.DhcpOption;
import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.MovableClock;
import dev.weir.testkit.packet.Dhcp6MessageBuilder;
import dev.weir.testkit.packet.DhcpMessageBuilder;
import dev.weir.testkit.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DhcpClassifierTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String SERVER = "10.0.0.1";
    private static final long MAC = 0x0200_0000_0001L;
    private static final String MAC_TEXT = "02:00:00:00:00:01";
    private static final byte[] CLIENT_DUID = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};
    private static final byte[] SERVER_DUID = {0, 2, 9};

    private final MovableClock clock = new MovableClock();
    private final MemoryCapture memory = MemoryCapture.builder().clock(clock).create();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final DhcpListener listener = new DhcpListener() {
        @Override
        public void message(Dhcp4View message, Packet packet, Flow flow) {
            told.add(DhcpMessageType.name4(message.messageType()));
        }

        @Override
        public void message(Dhcp6View message, Packet packet, Flow flow) {
            told.add(DhcpMessageType.name6(message.messageType()));
        }

        @Override
        public void transactionEnded(DhcpTransaction transaction, DhcpTransaction.End end) {
            told.add(end + " " + transaction.client());
        }

        @Override
        public void leaseGranted(DhcpLease lease) {
            told.add("lease " + lease.address() + "/" + lease.prefixLength() + " " + lease.hostName());
        }

        @Override
        public void leaseEnded(DhcpLease lease, DhcpLease.End end) {
            told.add(end + " " + lease.address());
        }

        @Override
        public void serverSeen(DhcpServer server) {
            told.add("server " + server.address() + " " + server.identifier());
        }

        @Override
        public void rogueServer(DhcpServer server, Packet packet, Flow flow) {
            told.add("rogue " + server.address());
        }
    };
    private final DhcpClassifier.Builder settings =
            DhcpClassifier.builder().listener(listener).clock(clock);
    private DhcpClassifier dhcp;
    private Pipeline pipeline;

    private void run() {
        dhcp = settings.build();
        run(Pipeline.from(memory.name()).clock(clock).classify(dhcp));
    }

    private void run(PipelineBuilder builder) {
        pipeline = builder.open();
        pipeline.start();
    }

    @AfterEach
    void close() {
        if (pipeline != null) {
            pipeline.close();
        }
        memory.close();
    }

    private Verdict fromClient(DhcpMessageBuilder message) {
        return memory.inject(PacketBuilder.ethernet()
                        .ip("0.0.0.0", "255.255.255.255")
                        .udp(68, 67)
                        .payload(message.build()))
                .await(SOON);
    }

    private Verdict fromServer(String server, DhcpMessageBuilder message) {
        return memory.inject(PacketBuilder.ethernet()
                        .ip(server, "255.255.255.255")
                        .udp(67, 68)
                        .payload(message.build()))
                .await(SOON);
    }

    private static DhcpMessageBuilder client(int type) {
        return DhcpMessageBuilder.fromClient(type).transaction(7).mac(MAC);
    }

    private static DhcpMessageBuilder server(int type) {
        return DhcpMessageBuilder.fromServer(type)
                .transaction(7)
                .mac(MAC)
                .yourAddress("10.0.0.7")
                .addressOption(DhcpOption.SERVER_IDENTIFIER, SERVER)
                .numberOption(DhcpOption.LEASE_TIME, 3600);
    }

    private void lease() {
        fromClient(client(DhcpMessageType.DISCOVER).textOption(DhcpOption.HOST_NAME, "laptop"));
        fromServer(SERVER, server(DhcpMessageType.OFFER));
        fromClient(client(DhcpMessageType.REQUEST));
        fromServer(SERVER, server(DhcpMessageType.ACK));
    }

    @Test
    void aConversationEndsInALease() {
        run();
        fromClient(client(DhcpMessageType.DISCOVER).textOption(DhcpOption.HOST_NAME, "laptop"));
        assertNull(dhcp.transactions().get(0).server());
        fromServer(SERVER, server(DhcpMessageType.OFFER));
        DhcpTransaction offered = dhcp.transactions().get(0);
        assertEquals("10.0.0.7", offered.address().toString());
        assertEquals(SERVER, offered.server().identifier());
        assertEquals(List.of(4, 7, MAC_TEXT), List.of(offered.version(), offered.id(), offered.client()));
        fromClient(client(DhcpMessageType.REQUEST));
        assertEquals(DhcpMessageType.REQUEST, dhcp.transactions().get(0).messageType());
        fromServer(SERVER, server(DhcpMessageType.ACK));
        assertEquals(List.of(), dhcp.transactions());
        DhcpLease lease = dhcp.leases().get(0);
        assertEquals("laptop", lease.hostName());
        assertEquals(Duration.ofHours(1).toNanos(), lease.expiresNs() - lease.grantedNs());
        assertEquals(
                List.of(
                        "discover",
                        "offer",
                        "server 10.0.0.1 10.0.0.1",
                        "request",
                        "ack",
                        "ACKNOWLEDGED " + MAC_TEXT,
                        "lease 10.0.0.7/32 laptop"),
                told);
    }

    @Test
    void aRefusalEndsTheConversationWithoutALease() {
        run();
        fromClient(client(DhcpMessageType.REQUEST));
        fromServer(SERVER, server(DhcpMessageType.NAK));
        assertEquals(List.of(), dhcp.transactions());
        assertEquals(List.of(), dhcp.leases());
        assertTrue(told.contains("REFUSED " + MAC_TEXT));
    }

    @Test
    void aLeaseEndsWhenItsClientGivesItBack() {
        run();
        lease();
        fromClient(DhcpMessageBuilder.fromClient(DhcpMessageType.RELEASE)
                .mac(MAC + 1)
                .clientAddress("10.0.0.7"));
        assertEquals(1, dhcp.leases().size(), "it is another client's");
        fromClient(client(DhcpMessageType.RELEASE).clientAddress("10.0.0.7"));
        assertEquals(List.of(), dhcp.leases());
        lease();
        fromClient(client(DhcpMessageType.DECLINE).addressOption(DhcpOption.REQUESTED_ADDRESS, "10.0.0.7"));
        assertEquals(List.of(), dhcp.leases());
        lease();
        fromServer(SERVER, server(DhcpMessageType.ACK).mac(MAC + 1));
        assertEquals("02:00:00:00:00:02", dhcp.leases().get(0).client());
        assertTrue(told.containsAll(List.of("RELEASED 10.0.0.7", "DECLINED 10.0.0.7", "REVOKED 10.0.0.7")));
    }

    @Test
    void entriesLeaveWhenTheirTimeIsOverAndNoneIsLeft() {
        run();
        lease();
        fromClient(client(DhcpMessageType.DISCOVER).transaction(8));
        assertEquals(1, dhcp.transactions().size());
        clock.advance(Duration.ofSeconds(59));
        assertEquals(1, dhcp.transactions().size());
        clock.advance(Duration.ofSeconds(1));
        assertEquals(0, dhcp.transactions().size());
        clock.advance(Duration.ofSeconds(3600 - 61));
        assertEquals(1, dhcp.leases().size());
        clock.advance(Duration.ofSeconds(1));
        assertEquals(0, dhcp.leases().size());
        assertEquals(1, dhcp.servers().size());
        clock.advance(Duration.ofDays(1));
        assertEquals(0, dhcp.servers().size());
        assertTrue(told.containsAll(List.of("TIMED_OUT " + MAC_TEXT, "EXPIRED 10.0.0.7")));
    }

    @Test
    void anyPacketMakesThemLeave() {
        run();
        fromClient(client(DhcpMessageType.DISCOVER));
        clock.advance(Duration.ofMinutes(2));
        memory.inject(PacketBuilder.ethernet().ip("10.0.0.1", "10.0.0.2").tcp(1, 2))
                .await(SOON);
        assertEquals("TIMED_OUT " + MAC_TEXT, told.get(told.size() - 1));
    }

    @Test
    void aLeaseForEverIsKeptForTheLongestTimeThatWasSet() {
        settings.longestLease(Duration.ofDays(2));
        run();
        fromServer(SERVER, server(DhcpMessageType.ACK).mac(MAC).transaction(9));
        fromServer(
                SERVER,
                DhcpMessageBuilder.fromServer(DhcpMessageType.ACK)
                        .mac(MAC + 5)
                        .yourAddress("10.0.0.8")
                        .numberOption(DhcpOption.LEASE_TIME, -1));
        clock.advance(Duration.ofDays(2).minusSeconds(1));
        assertEquals("10.0.0.8", dhcp.leases().get(0).address().toString());
        clock.advance(Duration.ofSeconds(1));
        assertEquals(List.of(), dhcp.leases());
    }

    @Test
    void aFloodOfMadeUpClientsFillsNoMoreThanTheTables() {
        settings.limits(100, 50);
        run();
        for (int i = 0; i < 1_000; i++) {
            fromClient(client(DhcpMessageType.DISCOVER).mac(MAC + i).transaction(i));
            fromServer(
                    SERVER,
                    server(DhcpMessageType.ACK).mac(MAC + 5_000 + i).yourAddress("10.1." + i / 250 + "." + i % 250));
        }
        assertEquals(100, dhcp.transactions().size());
        assertEquals(50, dhcp.leases().size());
        assertEquals(900 + 950, dhcp.evicted());
        clock.advance(Duration.ofDays(2));
        assertEquals(
                0,
                dhcp.transactions().size()
                        + dhcp.leases().size()
                        + dhcp.servers().size());
    }

    @Test
    void otherServersAreDroppedAndLendNothing() {
        settings.servers(List.of(SERVER));
        run();
        assertEquals(Verdict.ACCEPT, fromServer(SERVER, server(DhcpMessageType.OFFER)));
        assertEquals(
                "dhcp: rogue server",
                fromServer("10.0.0.66", server(DhcpMessageType.OFFER)).reason().toString(),
                "although it calls itself the right one");
        DhcpMessageBuilder other = DhcpMessageBuilder.fromServer(DhcpMessageType.ACK)
                .addressOption(DhcpOption.SERVER_IDENTIFIER, "10.0.0.66");
        assertEquals(Verdict.Kind.DROP, fromServer(SERVER, other).kind(), "although it comes from the right address");
        assertEquals(List.of(), dhcp.leases());
        assertTrue(told.contains("rogue 10.0.0.66"));
        assertEquals(3, dhcp.servers().size());
    }

    @Test
    void roguesMayBeReportedOnly() {
        settings.servers(List.of(SERVER)).reportRoguesOnly();
        run();
        assertEquals(Verdict.ACCEPT, fromServer("10.0.0.66", server(DhcpMessageType.OFFER)));
        assertTrue(told.contains("rogue 10.0.0.66"));
    }

    private Verdict v6(String from, String to, int sourcePort, int destinationPort, Dhcp6MessageBuilder message) {
        return memory.inject(PacketBuilder.ethernet()
                        .ip(from, to)
                        .udp(sourcePort, destinationPort)
                        .payload(message.build()))
                .await(SOON);
    }

    private Verdict client6(Dhcp6MessageBuilder message) {
        return v6("fe80::1", "ff02::1:2", 546, 547, message.option(Dhcp6Option.CLIENT_ID, CLIENT_DUID));
    }

    private Verdict server6(String server, Dhcp6MessageBuilder message) {
        return v6(
                server,
                "fe80::1",
                547,
                546,
                message.option(Dhcp6Option.CLIENT_ID, CLIENT_DUID).option(Dhcp6Option.SERVER_ID, SERVER_DUID));
    }

    private static Dhcp6MessageBuilder reply(int type, int validSeconds) {
        return Dhcp6MessageBuilder.message(type, 9)
                .option(
                        Dhcp6Option.IA_NA,
                        Dhcp6MessageBuilder.options().address("2001:db8::7", validSeconds, validSeconds),
                        1,
                        0,
                        0)
                .option(
                        Dhcp6Option.IA_PD,
                        Dhcp6MessageBuilder.options().prefix("2001:db8:1::", 48, validSeconds, validSeconds),
                        2,
                        0,
                        0);
    }

    @Test
    void conversationsOfIpv6EndInLeasesOfAddressesAndPrefixes() {
        run();
        client6(Dhcp6MessageBuilder.message(DhcpMessageType.SOLICIT6, 9)
                .option(Dhcp6Option.CLIENT_FQDN, (byte) 0, (byte) 2, (byte) 'p', (byte) 'c', (byte) 0));
        server6("fe80::2", reply(DhcpMessageType.ADVERTISE6, 100));
        assertEquals("2001:db8::7", dhcp.transactions().get(0).address().toString());
        assertEquals("00:02:09", dhcp.transactions().get(0).server().identifier());
        client6(Dhcp6MessageBuilder.message(DhcpMessageType.REQUEST6, 9));
        server6("fe80::2", reply(DhcpMessageType.REPLY6, 100));
        assertEquals(List.of(), dhcp.transactions());
        List<String> leases = new ArrayList<>();
        dhcp.leases().forEach(lease -> leases.add(lease.address() + "/" + lease.prefixLength() + lease.hostName()));
        assertEquals(List.of("2001:db8::7/128pc", "2001:db8:1::/48pc"), leases);
        server6("fe80::2", reply(DhcpMessageType.REPLY6, 0));
        assertEquals(List.of(), dhcp.leases(), "taken back");
        server6("fe80::2", reply(DhcpMessageType.REPLY6, 100));
        client6(reply(DhcpMessageType.RELEASE6, 0));
        assertEquals(List.of(), dhcp.leases());
        assertEquals(1, dhcp.transactions().size());
        server6("fe80::2", Dhcp6MessageBuilder.message(DhcpMessageType.REPLY6, 9));
        assertEquals(List.of(), dhcp.transactions());
        server6("fe80::2", reply(DhcpMessageType.REPLY6, 100));
        clock.advance(Duration.ofSeconds(100));
        assertEquals(List.of(), dhcp.leases());
    }

    @ParameterizedTest
    @CsvSource({
        "fe80::2, ACCEPT",
        "duid:00:02:09, ACCEPT",
        "duid:000209, ACCEPT",
        "fe80::3, DROP",
        "duid:00:02:0A, DROP",
        "10.0.0.1, ACCEPT"
    })
    void serversOfIpv6AreKnownByAddressOrIdentifier(String allowed, Verdict.Kind expected) {
        settings.servers(List.of(allowed));
        run();
        assertEquals(
                expected, server6("fe80::2", reply(DhcpMessageType.REPLY6, 100)).kind());
    }

    @Test
    void thePluginWatchesAllWorkers() {
        List<String> known = new CopyOnWriteArrayList<>();
        run(Pipeline.from(memory.name())
                .clock(clock)
                .workers(2)
                .classify("dhcp", Map.of("servers", SERVER + " fe80::1"))
                .classify((packet, flow) -> {
                    known.add(Application.of(flow).protocol());
                    return Verdict.CONTINUE;
                }));
        assertEquals(Verdict.ACCEPT, fromClient(client(DhcpMessageType.DISCOVER)));
        assertEquals(
                Verdict.Kind.DROP,
                fromServer("10.0.0.2", server(DhcpMessageType.OFFER)).kind());
        assertEquals(List.of("dhcp"), known);
    }

    @ParameterizedTest
    @CsvSource({"servers, example.com", "servers, duid:xyz", "rogues, maybe", "timeout, 0", "max-leases, many"})
    void thePluginRefusesValuesThatAreWrong(String option, String value) {
        PipelineBuilder builder = Pipeline.from(memory.name()).classify("dhcp", Map.of(option, value));
        assertTrue(assertThrows(WeirException.class, builder::open).getMessage().contains(value.replace("duid:", "")));
    }
}
