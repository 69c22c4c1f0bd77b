package dev.weir.packet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.Direction;
import dev.weir.packet.Bytes;
import dev.weir.packet.http.HttpConnectionReader.Step;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HttpConnectionReaderTest {
    private final HttpHeadView head = new HttpHeadView();

    private static byte[] bytes(String text) {
        return text.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What is found in a stream that comes in pieces, each as long as the next number says. */
    private final class Stream {
        private final HttpConnectionReader reader;
        private final Direction direction;
        private final List<String> found = new ArrayList<>();
        private byte[] kept = {};

        Stream(HttpConnectionReader reader, Direction direction) {
            this.reader = reader;
            this.direction = direction;
        }

        Stream bring(byte[] piece) {
            byte[] all = Arrays.copyOf(kept, kept.length + piece.length);
            System.arraycopy(piece, 0, all, kept.length, piece.length);
            int at = 0;
            Step step;
            do {
                step = reader.read(direction, Bytes.of(all), at, all.length - at, head);
                at += reader.consumed(direction);
                if (step == Step.HEAD) {
                    found.add(head.toString());
                } else if (step == Step.END) {
                    found.add("end " + reader.bodyLength(direction));
                }
            } while (step == Step.HEAD || step == Step.END);
            if (step == Step.OVER && !found.contains("over")) {
                found.add("over");
            }
            kept = Arrays.copyOfRange(all, at, all.length);
            return this;
        }
    }

    private Stream client(HttpConnectionReader reader) {
        return new Stream(reader, Direction.FORWARD);
    }

    private Stream server(HttpConnectionReader reader) {
        return new Stream(reader, Direction.REVERSE);
    }

    private static final String REQUESTS = "GET /1 HTTP/1.1|Host: a||"
            + "POST /2 HTTP/1.1|Content-Length: 11||GET / HTTP/|"
            + "POST /3 HTTP/1.1|Transfer-Encoding: chunked||5;ext=\"x\"|hello|0A|0123456789|0|Trailer: x||"
            + "HEAD /4 HTTP/1.1||";
    private static final List<String> REQUESTS_FOUND =
            List.of("GET /1", "end 0", "POST /2", "end 11", "POST /3", "end 15", "HEAD /4", "end 0");
    private static final String RESPONSES = "HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Length: 4||HTTP"
            + "HTTP/1.1 304 Not Modified|Content-Length: 50||"
            + "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abc|0||"
            + "HTTP/1.1 200 OK|Content-Length: 70||"
            + "HTTP/1.1 200 OK||all the rest";
    private static final List<String> RESPONSES_FOUND = List.of(
            "status 100",
            "end 0",
            "status 200",
            "end 4",
            "status 304",
            "end 0",
            "status 200",
            "end 3",
            "status 200",
            "end 0",
            "status 200");

    @Test
    void findsLaterRequestsAndResponsesWhateverPiecesTheyComeIn() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            HttpConnectionReader reader = new HttpConnectionReader();
            Stream client = client(reader);
            Stream server = server(reader);
            int longest = 1 + random.nextInt(60);
            inPieces(random, longest, REQUESTS, client);
            inPieces(random, longest, RESPONSES, server);
            assertEquals(REQUESTS_FOUND, client.found);
            assertEquals(RESPONSES_FOUND, server.found);
            assertTrue(reader.isWithinMessage(Direction.REVERSE));
            assertFalse(reader.isWithinMessage(Direction.FORWARD));
            assertEquals(12, reader.bodyLength(Direction.REVERSE));
        }
    }

    private static void inPieces(Random random, int longest, String text, Stream stream) {
        byte[] bytes = bytes(text);
        for (int at = 0; at < bytes.length; ) {
            int next = Math.min(bytes.length, at + 1 + random.nextInt(longest));
            stream.bring(Arrays.copyOfRange(bytes, at, next));
            at = next;
        }
    }

    @Test
    void endsWhereTheConnectionIsNoLongerHttp() {
        HttpConnectionReader tunnel = new HttpConnectionReader();
        Stream client = client(tunnel).bring(bytes("CONNECT a:443 HTTP/1.1||"));
        assertEquals(List.of("status 200", "over"), server(tunnel).bring(bytes("HTTP/1.1 200 OK||")).found);
        assertEquals(List.of("CONNECT a:443", "end 0", "over"), client.bring(bytes("GET / HTTP/1.1||")).found);

        HttpConnectionReader upgraded = new HttpConnectionReader();
        client(upgraded).bring(bytes("GET / HTTP/1.1|Upgrade: websocket||"));
        Stream server = server(upgraded).bring(bytes("HTTP/1.1 101 Switching Protocols||HTTP/1.1 200 OK||"));
        assertEquals(List.of("status 101", "over"), server.found);

        Stream unknown = client(new HttpConnectionReader())
                .bring(bytes("GET / HTTP/1.1|Content-Length: 1|Content-Length: 2||GET / HTTP/1.1||"));
        assertEquals(List.of("GET /", "over"), unknown.found);
        Stream broken = client(new HttpConnectionReader())
                .bring(bytes("GET / HTTP/1.1|Transfer-Encoding: chunked||x|GET / HTTP/1.1||"));
        assertEquals(List.of("GET /", "over"), broken.found);
        Stream other = client(new HttpConnectionReader()).bring(bytes("SSH-2.0-x|"));
        assertEquals(List.of("over"), other.found);
    }

    /** Random damage: nothing throws, each step consumes, ends, or is the last. */
    @Test
    void hostileBytesLeadNowhere() {
        Random random = new Random(2);
        byte[][] seeds = {bytes(REQUESTS), bytes(RESPONSES)};
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = seeds[round & 1].clone();
            for (int i = random.nextInt(6); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) "\r\n :,0;\tHx\0".charAt(random.nextInt(11));
            }
            HttpConnectionReader reader = new HttpConnectionReader();
            Bytes bytes = Bytes.of(damaged);
            int at = 0;
            int steps = 0;
            Step step;
            do {
                step = reader.read(Direction.FORWARD, bytes, at, damaged.length - at, head);
                at += reader.consumed(Direction.FORWARD);
                assertTrue(++steps < damaged.length, "ends");
                for (int i = 0; i < head.fieldCount(); i++) {
                    head.fieldName(i, new Bytes());
                    head.fieldValue(i, new Bytes());
                }
                head.host(new Bytes());
            } while (step == Step.HEAD || step == Step.END);
        }
    }
}
