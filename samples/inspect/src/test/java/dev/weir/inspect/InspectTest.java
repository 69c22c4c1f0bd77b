package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.MemoryCapture;
import dev.weir.testkit.packet.PacketBuilder;
import dev.weir.testkit.packet.TcpConversation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole program but its process: arguments in; exit code, standard output and standard error out. */
class InspectTest {
    private static final long START_NS = 1_491_600_277_251_547_000L;
    private static final long STEP_NS = 1_000_000;

    private final MemoryCapture memory =
            MemoryCapture.builder().passive().offline().create();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private int injected;

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void showsWhatTunnelsCarryWhenAsked() {
        PacketBuilder tunnelled = PacketBuilder.ethernet()
                .ipv4("192.0.2.1", "192.0.2.2")
                .udp(50000, 4789)
                .vxlan(5)
                .ipv6("2001:db8::1", "2001:db8::2")
                .udp(5353, 53)
                .payload("hello");
        inject(tunnelled);
        assertEquals(0, inspect("--packets", "--json", "--inner"), this::said);
        String shown = out.toString(StandardCharsets.UTF_8);
        assertTrue(shown.contains("\"src_ip\":\"2001:db8::1\",\"src_port\":5353"), shown);
        assertFalse(shown.contains("192.0.2.1"), shown);
    }

    @Test
    void printsOneObjectForEachPacketInTheOrderOfTheCapture() {
        inject(PacketBuilder.ethernet()
                .qinq(100, 7)
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(4711, 80)
                .syn());
        inject(PacketBuilder.ethernet()
                .ipv6("2001:db8::1", "2001:db8::2")
                .udp(5353, 53)
                .payload("hello"));
        inject(PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2"));
        inject(PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .echoRequest(1, 1)
                .payload("abcd"));
        inject(PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .protocol(89)
                .payload("ospf"));
        assertEquals(0, inspect("--packets", "--json"), this::said);
        assertEquals(
                """
                {"timestamp":"2017-04-07T21:24:37.251547+0000","flow_id":F,"event_type":"packet","pcap_cnt":1,\
                "vlan":[100,7],"src_ip":"10.0.0.1","src_port":4711,"dest_ip":"10.0.0.2","dest_port":80,"proto":"TCP",\
                "len":62,"payload_len":0,"tcp":{"tcp_flags":"02"}}
                {"timestamp":"2017-04-07T21:24:37.252547+0000","flow_id":F,"event_type":"packet","pcap_cnt":2,\
                "src_ip":"2001:db8::1","src_port":5353,"dest_ip":"2001:db8::2","dest_port":53,"proto":"UDP",\
                "len":67,"payload_len":5}
                {"timestamp":"2017-04-07T21:24:37.253547+0000","event_type":"packet","pcap_cnt":3,"ether_type":2054,\
                "len":42}
                {"timestamp":"2017-04-07T21:24:37.254547+0000","flow_id":F,"event_type":"packet","pcap_cnt":4,\
                "src_ip":"10.0.0.1","dest_ip":"10.0.0.2","proto":"ICMP","len":46,"payload_len":4,\
                "icmp_type":8,"icmp_code":0}
                {"timestamp":"2017-04-07T21:24:37.255547+0000","flow_id":F,"event_type":"packet","pcap_cnt":5,\
                "src_ip":"10.0.0.1","dest_ip":"10.0.0.2","proto":"89","len":38,"payload_len":4}
                """,
                shown().replaceAll("\"flow_id\":\\d+", "\"flow_id\":F"));
    }

    @Test
    void aFullDiskIsTheLastLineAndTheExitCode() {
        inject(PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload("hello"));
        assertEquals(2, inspect("--write", "/dev/full"));
        assertTrue(shown().contains("0 packets recorded, 1 not: the disk failed"), shown());
        assertTrue(said().endsWith("/dev/full cannot be written: No space left on device\n"), said());
    }

    /** Hashes are seeded anew each time, and workers race. */
    @Test
    void aFileLooksTheSameEachTime() {
        Set<String> looks = new HashSet<>();
        for (String workers : List.of("0", "0", "0", "0", "3", "3", "3", "3")) {
            out.reset();
            assertEquals(0, run("pcap:src/main/captures/demo.pcapng", "--workers", workers), this::said);
            looks.add(shown());
        }
        assertEquals(1, looks.size(), looks::toString);
    }

    @Test
    void saysWhatIsAFragmentAndGivesPortsInTheFirstOnly() {
        for (byte[] fragment : PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(4000, 4001)
                .payloadOf(2_000)
                .fragments(1_500)) {
            inject(fragment);
        }
        assertEquals(0, inspect("--packets", "--json"), this::said);
        List<String> lines = shown().lines().toList();
        assertEquals(2, lines.size());
        assertTrue(lines.get(0).contains("\"src_port\":4000"), lines.get(0));
        assertTrue(lines.get(0).contains("\"fragment\":true"), lines.get(0));
        assertFalse(lines.get(1).contains("src_port"), lines.get(1));
        assertTrue(lines.get(1).contains("\"proto\":\"UDP\""), lines.get(1));
        assertTrue(lines.get(1).contains("\"fragment\":true"), lines.get(1));
    }

    @Test
    void printsOneLineForEachPacketForPeople() {
        inject(PacketBuilder.ethernet()
                .vlan(10)
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(4711, 80)
                .psh()
                .ack()
                .payload("hello"));
        inject(PacketBuilder.ethernet().ipv6("2001:db8::1", "2001:db8::2").udp(5353, 53));
        inject(PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2"));
        assertEquals(0, inspect("--packets"), this::said);
        assertEquals(
                """
                21:24:37.251547 vlan 10 TCP 10.0.0.1:4711 > 10.0.0.2:80 [PA] 5 bytes
                21:24:37.252547 UDP [2001:db8::1]:5353 > [2001:db8::2]:53 0 bytes
                21:24:37.253547 ether type 0x0806 (ARP), 42 bytes
                """,
                shown());
        assertTrue(said().startsWith("3 packets, "), said());
    }

    @Test
    void printsATableOfFlowsAndTheBooks() {
        conversation();
        inject(PacketBuilder.ethernet()
                .ipv4("10.0.0.1", "10.0.0.53")
                .udp(5353, 53)
                .payload("who is it"));
        assertEquals(0, inspect(), this::said);
        assertEquals(
                """
                Proto  Client         Server        Packets →  ←  Bytes →      ←  State   Lasted
                TCP    10.0.0.1:4711  10.0.0.2:80           5  3    285 B  180 B  closed    7 ms
                UDP    10.0.0.1:5353  10.0.0.53:53          1  0     51 B    0 B  new       0 µs

                9 packets, 516 B; none lost
                2 flows
                """,
                shown());
        assertEquals("", said());
    }

    @Test
    void sumsUpWhatIsNotIp() {
        inject(PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1024, 53));
        inject(PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2"));
        inject(PacketBuilder.ethernet().arpRequest("10.0.0.1", "10.0.0.2"));
        assertEquals(0, inspect(), this::said);
        List<String> lines = shown().lines().toList();
        assertTrue(lines.get(1).startsWith("UDP "), shown());
        assertTrue(lines.get(2).matches("not IP +2 +84 B"), shown());
    }

    @Test
    void printsAsManyFlowsAsAskedForAndSaysHowManyMore() {
        for (int i = 0; i < 5; i++) {
            inject(PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1024 + i, 53));
        }
        assertEquals(0, inspect("--top", "2"), this::said);
        assertTrue(shown().contains("\n… and 3 flows with fewer bytes; --json gives all\n"), shown());
    }

    @Test
    void printsFlowEvents() {
        conversation();
        assertEquals(0, inspect("--json"), this::said);
        assertEquals(1, shown().lines().count(), shown());
        assertTrue(shown().contains("\"event_type\":\"flow\",\"src_ip\":\"10.0.0.1\",\"src_port\":4711"), shown());
        assertTrue(shown().contains("\"state\":\"closed\",\"reason\":\"shutdown\""), shown());
        assertTrue(said().startsWith("8 packets, "), "the books go to standard error: " + said());
    }

    @ParameterizedTest
    @CsvSource({"--packets --json", "--packets --json --workers 2"})
    void losesNothingAndKeepsTheOrderOfManyPackets(String options) {
        int packets = 5_000;
        for (int i = 0; i < packets; i++) {
            inject(PacketBuilder.ethernet()
                    .ipv4("10.0.0.1", "10.0." + i % 7 + ".2")
                    .udp(1024 + i, 53));
        }
        assertEquals(0, inspect(options.split(" ")), this::said);
        List<String> lines = shown().lines().toList();
        assertEquals(packets, lines.size());
        for (int i = 0; i < packets; i++) {
            assertTrue(lines.get(i).contains("\"pcap_cnt\":" + (i + 1) + ","), lines.get(i));
            assertTrue(lines.get(i).contains("\"src_port\":" + (1024 + i) + ","), lines.get(i));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "63", "64", "65", "1000"})
    void endsAfterExactlySoManyPackets(int count) {
        for (int i = 0; i < 1_000; i++) {
            inject(PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1024, 53));
        }
        assertEquals(0, inspect("--packets", "--json", "--count", Integer.toString(count)), this::said);
        assertEquals(count, shown().lines().count());
        assertTrue(said().startsWith(Units.count(count, "packet") + ", "), said());
    }

    @Test
    void endsAfterSomeTimeThoughNothingComes() {
        MemoryCapture live = MemoryCapture.create();
        try (live) {
            long startedNs = System.nanoTime();
            assertEquals(0, run(live.name(), "--duration", "200ms"), this::said);
            long tookNs = System.nanoTime() - startedNs;
            assertTrue(tookNs >= 200_000_000L, tookNs + " ns");
        }
    }

    @Test
    void recordsWhatPassed() {
        conversation();
        Path file = directory.resolve("out.pcapng");
        assertEquals(0, inspect("--write", file.toString()), this::said);
        assertTrue(shown().contains("8 packets recorded\n"), shown());
        out.reset();
        assertEquals(2, run("pcap:" + file + "?pace=fast", "--write", file.toString()));
        assertTrue(said().contains("would overwrite"), said());
        assertEquals(0, run("pcap:" + file, "--packets"), this::said);
        assertEquals(8, shown().lines().count());
        assertTrue(shown().startsWith("21:24:37.251547 TCP 10.0.0.1:4711 > 10.0.0.2:80 [S] 0 bytes\n"), shown());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--json", "--packets"})
    void saysThatTopIsForTheTableOnly(String form) {
        assertEquals(0, inspect(form, "--top", "1"), this::said);
        assertTrue(said().contains("--top shortens the table"), said());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nosuch:eth0                    | nosuch",
                "afpacket                       | backend:what",
                "pcap:/no/such/file.pcap        | /no/such/file.pcap",
                "pcap:/dev/null?color=red       | color",
                "MEMORY --filter 'udp and and'  | filter",
                "MEMORY --top 0                 | --top",
                "MEMORY --count none            | none",
                "MEMORY --count 0               | 0",
                "MEMORY --duration 10           | 500ms",
                "MEMORY --duration 0s           | 500ms",
                "MEMORY --workers 1000          | workers",
                "MEMORY --write /no/such/dir/x  | /no/such/dir/x",
                "MEMORY --colour                | --colour",
                "MEMORY and more                | and",
                "''                             | CAPTURE"
            })
    void refusesWhatIsWrongWithOneLineAndExitCode2(String line, String named) {
        List<String> arguments = new ArrayList<>();
        for (String part : line.split(" (?=([^']*'[^']*')*[^']*$)")) {
            if (!part.isEmpty()) {
                arguments.add(part.equals("MEMORY") ? memory.name() : part.replace("'", ""));
            }
        }
        assertEquals(2, run(arguments.toArray(String[]::new)));
        assertEquals(1, said().lines().count(), said());
        assertTrue(said().startsWith("weir inspect: ") && said().contains(named), said());
        assertEquals("", shown());
    }

    @Test
    void showsWhatWasReadBeforeAFileBreaksOff() throws IOException {
        conversation();
        Path whole = directory.resolve("whole.pcapng");
        assertEquals(0, inspect("--write", whole.toString()), this::said);
        byte[] bytes = Files.readAllBytes(whole);
        Path cut = directory.resolve("cut.pcapng");
        Files.write(cut, Arrays.copyOf(bytes, bytes.length * 2 / 3));
        out.reset();
        err.reset();
        assertEquals(2, run("pcap:" + cut, "--packets"));
        assertTrue(shown().lines().count() == 4, shown());
        String last = said().lines().reduce((first, second) -> second).orElse("");
        assertTrue(last.startsWith("weir inspect: ") && last.contains(" at byte 440 "), said());
    }

    @Test
    void endsQuietlyWhenItsReaderHasSeenEnough() {
        for (int i = 0; i < 2_000; i++) {
            inject(PacketBuilder.ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1024, 53));
        }
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Inspect inspect = new Inspect(
                closed, new PrintStream(err, true, StandardCharsets.UTF_8), Terminal.NONE, ZoneOffset.UTC, p -> {});
        memory.end();
        assertEquals(0, inspect.execute(memory.name(), "--packets", "--json"));
        assertEquals("", said());
    }

    @Test
    void explainsItself() {
        assertEquals(0, run("--help"));
        for (String option : "--filter --count --duration --json --packets --write --workers".split(" ")) {
            assertTrue(shown().contains(option), shown());
        }
        for (String event : "flow packet tls quic http dns dhcp".split(" ")) {
            assertTrue(shown().contains('"' + event + '"'), event + " in " + shown());
        }
        assertTrue(shown().contains("Exit code"), shown());
        assertTrue(shown().lines().allMatch(line -> line.length() <= 100), shown());
    }

    /** 5 packets there, 3 back. */
    private void conversation() {
        TcpConversation.between("10.0.0.1", 4711, "10.0.0.2", 80)
                .handshake()
                .fromClient("GET")
                .fromServer("200 OK")
                .close()
                .frames()
                .forEach(this::inject);
    }

    private void inject(PacketBuilder packet) {
        inject(packet.build());
    }

    private void inject(byte[] frame) {
        memory.prepare(frame).timestampNs(START_NS + STEP_NS * injected++).inject();
    }

    private int inspect(String... options) {
        memory.end();
        List<String> arguments = new ArrayList<>(List.of(memory.name()));
        arguments.addAll(List.of(options));
        return run(arguments.toArray(String[]::new));
    }

    private int run(String... arguments) {
        Inspect inspect = new Inspect(
                out, new PrintStream(err, true, StandardCharsets.UTF_8), Terminal.NONE, ZoneOffset.UTC, p -> {});
        return inspect.execute(arguments);
    }

    private String shown() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
