package dev.weir.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams that are cut, mixed up, said twice and contradicted at random: what is read is what was said first. Seeds are
 * in the names of the cases.
 */
@Timeout(60)
class ReassemblyPropertyTest {
    private static final int FLOWS = 40;

    /** A segment of a flow: bytes [from, to) of its stream. */
    private record Piece(int flow, int from, byte[] bytes) {
        int to() {
            return from + bytes.length;
        }
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Cuts a stream into pieces, some said twice, some overlapping with others. */
    private static List<Piece> cut(int flow, byte[] stream, Random random) {
        List<Piece> pieces = new ArrayList<>();
        int mss = 1 + random.nextInt(1460);
        for (int at = 0; at < stream.length; ) {
            int to = Math.min(stream.length, at + 1 + random.nextInt(mss));
            pieces.add(new Piece(flow, at, Arrays.copyOfRange(stream, at, to)));
            at = to;
        }
        int extra = random.nextInt(1 + pieces.size() / 2);
        for (int i = 0; i < extra; i++) {
            int from = random.nextInt(stream.length);
            int to = Math.min(stream.length, from + 1 + random.nextInt(1460));
            pieces.add(new Piece(flow, from, Arrays.copyOfRange(stream, from, to)));
        }
        return pieces;
    }

    /** Moves pieces by up to so many places. */
    private static void shuffle(List<Piece> pieces, int distance, Random random) {
        for (int i = 0; i < pieces.size(); i++) {
            int j = Math.min(pieces.size() - 1, i + random.nextInt(distance + 1));
            pieces.set(i, pieces.set(j, pieces.get(i)));
        }
    }

    private static List<Piece> mix(List<List<Piece>> flows, Random random) {
        List<Piece> all = new ArrayList<>();
        List<List<Piece>> left = new ArrayList<>(flows);
        int[] next = new int[flows.size()];
        while (!left.isEmpty()) {
            List<Piece> one = left.get(random.nextInt(left.size()));
            int flow = one.get(0).flow();
            all.add(one.get(next[flow]++));
            if (next[flow] == one.size()) {
                left.remove(one);
            }
        }
        return all;
    }

    private static StreamInspector consuming(Random random) {
        return (stream, packet, flow) -> {
            if (random.nextInt(3) == 0) {
                stream.consume(random.nextInt(stream.bytes().length() + 1));
            }
            return Verdict.CONTINUE;
        };
    }

    private static void run(long seed, boolean contradicting) {
        Random random = new Random(seed);
        List<List<Piece>> flows = new ArrayList<>();
        byte[][] expected = new byte[FLOWS][];
        int[] initial = new int[FLOWS];
        for (int flow = 0; flow < FLOWS; flow++) {
            expected[flow] = random(random, 1 + random.nextInt(12_000));
            initial[flow] = random.nextInt(3) == 0 ? -random.nextInt(6_000) : random.nextInt(); // some wrap
            List<Piece> pieces = cut(flow, expected[flow], random);
            shuffle(pieces, random.nextInt(8), random);
            if (contradicting) {
                contradict(pieces, expected[flow], random);
            }
            flows.add(pieces);
        }
        StreamInspector inspector = contradicting ? (s, p, f) -> Verdict.CONTINUE : consuming(random);
        try (StreamBench bench = new StreamBench(StreamOptions.DEFAULT, inspector)) {
            List<byte[]> frames = new ArrayList<>();
            for (int flow = 0; flow < FLOWS; flow++) {
                frames.add(Peer.client(flow, initial[flow]).syn());
            }
            for (Piece piece : mix(flows, random)) {
                frames.add(Peer.client(piece.flow(), initial[piece.flow()]).data(piece.from(), piece.bytes()));
            }
            for (int flow = 0; flow < FLOWS; flow++) {
                frames.add(Peer.client(flow, initial[flow]).fin(expected[flow].length));
            }
            bench.play(frames);
            bench.finish();
            assertEquals(0, bench.errors());
            for (int flow = 0; flow < FLOWS; flow++) {
                StreamBench.Heard heard = bench.heard(flow, Direction.FORWARD);
                assertArrayEquals(expected[flow], heard.bytes(), "flow " + flow);
                assertEquals(StreamEnd.FINISHED, heard.end, "flow " + flow);
                assertTrue(heard.fromStart);
            }
            StreamCounts counts = bench.counts();
            assertEquals(FLOWS, counts.streams());
            assertTrue(counts.outOfOrder() > 0);
            assertEquals(contradicting, counts.conflicts() > 0);
            assertEquals(0, counts.gaps() + counts.limits() + counts.evictions() + counts.refused());
            assertEquals(0, counts.usedBytes(), "what ended has no memory");
        }
    }

    /** Gives half of the pieces another content; what is expected becomes what is said first of each byte. */
    private static void contradict(List<Piece> pieces, byte[] expected, Random random) {
        boolean[] said = new boolean[expected.length];
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            if (random.nextBoolean()) {
                piece = new Piece(piece.flow(), piece.from(), random(random, piece.bytes().length));
                pieces.set(i, piece);
            }
            for (int at = piece.from(); at < piece.to(); at++) {
                if (!said[at]) {
                    said[at] = true;
                    expected[at] = piece.bytes()[at - piece.from()];
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void whatIsReadIsWhatWasSaid(long seed) {
        run(seed, false);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {101, 102, 103, 104, 105, 106, 107, 108})
    void ofBytesThatComeTwiceTheFirstOnesAreRead(long seed) {
        run(seed, true);
    }
}
