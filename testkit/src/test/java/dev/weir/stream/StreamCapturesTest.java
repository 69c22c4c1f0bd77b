package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.WeirException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Captures of other projects, many of them made to confuse: nothing breaks, and what is known of them is found. */
@Timeout(300)
@EnabledIfEnvironmentVariable(named = "WEIR_CAPTURES", matches = ".+")
class StreamCapturesTest {
    private static final Path CAPTURES = Path.of(String.valueOf(System.getenv("WEIR_CAPTURES")));

    /** Writes down each direction of each flow, and that windows never contradict each other. */
    private static final class Reader implements StreamInspector {
        final TreeMap<String, StreamBench.Heard> heard = new TreeMap<>();

        private StreamBench.Heard of(Flow flow, Direction direction) {
            return heard.computeIfAbsent(flow.id() + " " + direction, key -> new StreamBench.Heard());
        }

        @Override
        public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
            of(flow, stream.direction()).hear(stream);
            if (stream.end() == StreamEnd.GAP) {
                stream.skipGap();
            }
            stream.consume(stream.bytes().length() / 2);
            return Verdict.CONTINUE;
        }

        @Override
        public void abandoned(StreamBytes stream, Flow flow) {
            of(flow, stream.direction()).hear(stream);
        }

        boolean heardAny(String text) {
            return heard.values().stream().anyMatch(one -> one.text().contains(text));
        }
    }

    private record Reading(Reader reader, StreamCounts counts) {}

    private static Reading read(Path file) {
        Reader reader = new Reader();
        StreamClassifier classifier = new StreamClassifier(reader, StreamOptions.DEFAULT.withDatagrams(true));
        try (Pipeline pipeline =
                Pipeline.from("pcap:" + file).advisory().classify(classifier).open()) {
            try {
                pipeline.run();
            } catch (WeirException corrupt) {
                // the file ends in a corrupt place; what came before was read
            }
            long errors = pipeline.ledger().workers().stream()
                    .mapToLong(worker -> worker.classifierErrors())
                    .sum();
            assertEquals(0, errors, () -> file + ": " + pipeline.ledger());
        }
        StreamCounts counts = classifier.counts();
        assertEquals(0, counts.usedBytes(), () -> "memory of streams is left: " + file);
        assertTrue(counts.memoryBytes() <= StreamOptions.DEFAULT.memoryBytes(), file::toString);
        return new Reading(reader, counts);
    }

    private static Reading read(String name) {
        Path file = CAPTURES.resolve("suricata").resolve(name);
        assumeTrue(Files.exists(file), () -> "there is no " + file);
        return read(file);
    }

    @Test
    void nothingBreaks() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(CAPTURES)) {
            files = all.filter(file -> file.getFileName().toString().matches(".*\\.(pcap|pcapng|cap)"))
                    .filter(file -> file.toFile().length() < 4 << 20)
                    .sorted()
                    .toList();
        }
        assertTrue(files.size() > 100, () -> files.size() + " captures");
        long streams = 0;
        long overtaken = 0;
        for (Path file : files) {
            StreamCounts counts = read(file).counts();
            streams += counts.streams();
            overtaken += counts.outOfOrder();
        }
        System.out.println(
                files.size() + " captures with " + streams + " streams, " + overtaken + " segments overtaken");
        assertTrue(streams > 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tests__eve-payload-01-tcp-exact-overlap__tcp-overlap.pcap",
                "tests__eve-payload-03-tcp-exact-overlap-ips__tcp-overlap.pcap",
                "tests__eve-payload-04-partial-overlap__tcp-overlap2.pcap"
            })
    void overlapsWithAnotherContentAreFound(String name) {
        assertEquals(1, read(name).counts().conflicts());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tests__defrag__bug-6887-defrag-eth-vlan-ipv4-tcp-syn__frag-eth-vlan-ip-tcp-syn.pcap",
                "tests__defrag__bug-6887-defrag-eth-vlan-ipv6-tcp__frag-eth-vlan-ipv6-tcp.pcap"
            })
    void segmentsInFragmentsArePutTogether(String name) {
        assertEquals(1, read(name).counts().fragments().datagrams());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2__frag-2", "18__frag-18", "22__frag-22", "23__frag-23", "24__frag-24"})
    void fragmentsThatContradictEachOtherAreDiscarded(String name) {
        FragmentCounts counts = read("tests__ipv6-evasion__ipv6-malformed-fragments-" + name + ".pcap")
                .counts()
                .fragments();
        assertEquals(0, counts.datagrams());
        assertEquals(2, counts.discarded());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tests__tcp-fastopen-01__tfo.pcap",
                "tests__tcp-fastopen-06__tfo-s1.pcap",
                "tests__tcp-fastopen-07__tcp_fastopen_segmentation.pcap"
            })
    void bytesInTheSynAreRead(String name) {
        Reading reading = read(name);
        assertTrue(
                reading.reader().heardAny("GET "),
                () -> reading.reader().heard.keySet().toString());
        assertEquals(0, reading.counts().conflicts());
    }

    /** The server discards it for its MD5 option (RFC 2385), or its authentication option (RFC 5925). */
    @ParameterizedTest
    @CsvSource({"01,GET /ultrasurf.html", "02,GET / HTTP/1.1"})
    void whatFollowsAResetThatNobodyBelievedIsRead(String number, String request) {
        Reader reader = read("tests__security-4710-" + number + "__input.pcap").reader();
        assertTrue(reader.heardAny(request), () -> reader.heard.keySet().toString());
        assertTrue(reader.heardAny(" 200 OK"), () -> reader.heard.keySet().toString());
    }

    @Test
    void whatFollowsAnAnswerToAnotherSynIsRead() {
        Reader reader = read("tests__transform-base64-7296__input.pcap").reader();
        long fromStart = reader.heard.values().stream()
                .filter(heard -> heard.fromStart && heard.text().startsWith("GET /eicar HTTP/1.1"))
                .count();
        assertEquals(2, fromStart, () -> reader.heard.keySet().toString());
    }
}
