package dev.weir.packet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import dev.weir.packet.http.HttpHeadView.State;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpHeadViewTest {
    private final HttpHeadView head = new HttpHeadView();
    private final Bytes window = new Bytes();

    private static Bytes bytes(String text) {
        return Bytes.of(text.replace("|", "\r\n").replace("~", "\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    private HttpHeadView read(String text) {
        Bytes bytes = bytes(text);
        head.wrap(bytes, 0, bytes.length());
        return head;
    }

    private String host(String text) {
        return read(text).host(window) ? HttpHeadView.text(window) : null;
    }

    @Test
    void readsARequest() {
        read("POST /a?b=c HTTP/1.1|Host: example.org:8080|Content-Length:  5 |X-Empty:|x-empty: \t|  |hello");
        // The line of two spaces folds; the empty line is missing.
        assertEquals(State.INCOMPLETE, head.state());
        read("POST /a?b=c HTTP/1.1|Host: example.org:8080|Content-Length:  5 |X-Empty:||hello");
        assertEquals(State.COMPLETE, head.state());
        assertTrue(head.isRequest() && head.isMethod("POST") && !head.isMethod("post"));
        assertEquals("/a?b=c", HttpHeadView.text(head.target(window)));
        assertEquals(11, head.version());
        assertEquals(3, head.fieldCount());
        assertEquals("Content-Length", HttpHeadView.text(head.fieldName(1, window)));
        assertEquals("5", HttpHeadView.text(head.fieldValue(1, window)));
        assertEquals("", head.fieldText("x-empty"));
        assertEquals(2, head.find("x-empty", 0));
        assertEquals(-1, head.find("x-empty", 3));
        assertEquals(HttpBody.LENGTH, head.body());
        assertEquals(5, head.contentLength());
        assertEquals(
                bytes("POST /a?b=c HTTP/1.1|Host: example.org:8080|Content-Length:  5 |X-Empty:||")
                        .length(),
                head.length());
        assertFalse(head.isDoubtful());
    }

    @Test
    void readsAResponse() {
        read("HTTP/1.0 404 Not Found|Server: x||");
        assertEquals(State.COMPLETE, head.state());
        assertFalse(head.isRequest());
        assertEquals(404, head.status());
        assertEquals(10, head.version());
        assertEquals(HttpBody.UNTIL_CLOSE, head.body());
        assertEquals(0, head.target(window).length());
        assertEquals(State.COMPLETE, read("HTTP/1.1 200||").state(), "without a reason");
        for (int status : new int[] {100, 101, 204, 304}) {
            assertEquals(
                    HttpBody.NONE,
                    read("HTTP/1.1 " + status + " x|Content-Length: 9||").body());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "EHLO example.org|",
                "SSH-2.0-OpenSSH_9|",
                "PRI * HTTP/2.0||SM||",
                "GET /|",
                "GET / FTP/1.0|",
                " GET / HTTP/1.1|",
                "GET  HTTP/1.1|",
                "GET /HTTP/1.1|",
                "HTTP/1.1 20 OK|",
                "HTTP/1.1 2000 OK|",
                "HTTP/1.1200|",
                "\u0016\u0003\u0001",
                "\u0000",
                "GET:",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI"
            })
    void knowsWhatIsNotHttp(String text) {
        assertEquals(State.NOT_HTTP, read(text).state());
    }

    @Test
    void everyBeginningOfAHeadIsIncompleteAndTheWholeIsNot() {
        for (String text : new String[] {
            "||GET /x HTTP/1.1|Host: a|B: c| d||",
            "HTTP/1.1 200 OK|Content-Length: 3||",
            "GET /~HTTP/1.1",
            "GET / HTTP/1.1~a:b~~"
        }) {
            Bytes bytes = bytes(text);
            for (int length = 0; length < bytes.length(); length++) {
                head.wrap(bytes, 0, length);
                State expected = text.equals("GET /~HTTP/1.1") && length > 5 ? State.NOT_HTTP : State.INCOMPLETE;
                assertEquals(expected, head.state(), text + " up to " + length);
            }
            if (!text.equals("GET /~HTTP/1.1")) {
                assertTrue(head.wrap(bytes, 0, bytes.length()), text);
                assertEquals(bytes.length(), head.length());
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "GET / HTTP/1.1|Host: a.example||; a.example",
                "GET / HTTP/1.1|host:A.example:80||; A.example",
                "GET / HTTP/1.1|Host: [2001:db8::1]:80||; [2001:db8::1]",
                "GET http://b.example:8/x HTTP/1.1|Host: a.example||; b.example",
                "GET http://u:p@b.example?x HTTP/1.1|Host: a.example||; b.example",
                "CONNECT c.example:443 HTTP/1.1|Host: a.example||; c.example",
                "OPTIONS * HTTP/1.1|Host: a.example||; a.example",
                "GET / HTTP/1.1|Host: a.example|Host: b.example||; a.example",
                "GET / HTTP/1.1|Hos: a||;",
                "GET / HTTP/1.1|Host:||;",
                "HTTP/1.1 200 OK|Host: a||;",
            })
    void findsWhomIsAskedFor(String text, String expected) {
        assertEquals(expected, host(text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "GET / HTTP/1.1~a:b~~; BARE_LF; NONE",
                "GET / HTTP/1.1|a:b\rc||; BARE_CR; NONE",
                "GET / HTTP/1.1|a:b\u0000c||; NUL; NONE",
                "GET / HTTP/1.1|a:b| c||; FOLDED; NONE",
                "GET / HTTP/1.1|a : b||; SPACE_BEFORE_COLON; NONE",
                "GET / HTTP/1.1|a||; NO_FIELD; NONE",
                "GET / HTTP/1.1|: a||; NO_FIELD; NONE",
                "GET  / HTTP/1.1||; ODD_SPACES; NONE",
                "GET / a HTTP/1.1\t||; ODD_SPACES; NONE",
                "HTTP/1.1 \t204 no||; ODD_SPACES; NONE",
                "GET / HTTP/1.1|Content-Length: 3|Transfer-Encoding: chunked||; TWO_LENGTHS; CHUNKED",
                "GET / HTTP/1.1|Content-Length: 3|Content-Length: 4||; BAD_LENGTH; UNKNOWN",
                "GET / HTTP/1.1|Content-Length: 3, 4||; BAD_LENGTH; UNKNOWN",
                "GET / HTTP/1.1|Content-Length: +3||; BAD_LENGTH; UNKNOWN",
                "GET / HTTP/1.1|Content-Length: 0x3||; BAD_LENGTH; UNKNOWN",
                "GET / HTTP/1.1|Content-Length:||; BAD_LENGTH; UNKNOWN",
                "GET / HTTP/1.1|Content-Length: 99999999999999999999||; BAD_LENGTH; UNKNOWN",
                "GET / HTTP/1.1|Content-Length: 3| 4||; BAD_LENGTH; UNKNOWN",
                "GET / HTTP/1.1|Content-Length : 3||; SPACE_BEFORE_COLON; LENGTH",
                "GET / HTTP/1.1|Transfer-Encoding: gzip||; BAD_TRANSFER_ENCODING; UNKNOWN",
                "GET / HTTP/1.1|Transfer-Encoding: chunked, x||; BAD_TRANSFER_ENCODING; UNKNOWN",
                "GET / HTTP/1.1|Transfer-Encoding: chunked|Transfer-Encoding: x||; BAD_TRANSFER_ENCODING; UNKNOWN",
                "GET / HTTP/1.1|Transfer-Encoding:|\tchunked||; BAD_TRANSFER_ENCODING; UNKNOWN",
                "GET / HTTP/1.1|Host: a|Host: b||; SEVERAL_HOSTS; NONE",
            })
    void saysWhatIsDoubtful(String text, HttpOddity oddity, HttpBody body) {
        read(text);
        assertEquals(State.COMPLETE, head.state());
        assertTrue(head.has(oddity), oddity.toString());
        assertEquals(oddity != HttpOddity.BARE_LF, head.isDoubtful());
        assertEquals(body, head.body());
    }

    @Test
    void plainThingsAreNotDoubtful() {
        for (String text : new String[] {
            "GET / HTTP/1.1|Content-Length: 3, 3|Content-Length: 3||",
            "GET / HTTP/1.1|Transfer-Encoding: gzip, Chunked||"
        }) {
            assertFalse(read(text).isDoubtful(), text);
        }
    }

    @Test
    void aFoldedValueGoesOnToItsLastLine() {
        read("GET / HTTP/1.1|a: b|  c |d: e||");
        assertEquals("b\r\n  c", head.fieldText("a"));
        assertEquals("e", head.fieldText("d"));
    }

    @Test
    void moreFieldsThanAreKeptStillCountForTheBody() {
        read("GET / HTTP/1.1|" + "a: b|".repeat(HttpHeadView.MAX_FIELDS + 5) + "Content-Length: 7||");
        assertTrue(head.has(HttpOddity.TOO_MANY_FIELDS));
        assertEquals(HttpHeadView.MAX_FIELDS, head.fieldCount());
        assertEquals(7, head.contentLength());
    }
}
