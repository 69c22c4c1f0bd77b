package dev.weir.packet.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.packet.Bytes;
import dev.weir.packet.tls.TlsHandshakeReader.Status;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsHandshakeReaderTest {
    private static final byte[] HELLO = Hellos.browser("www.example.com").message();
    private static final byte[] COMPATIBILITY = Hellos.record(20, new byte[] {1});

    private final TlsHandshakeReader reader = new TlsHandshakeReader();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 100, 1400, 16_384})
    void findsAMessageHoweverItIsSpreadOverRecordsAndNotBeforeItIsThere(int fragmentLength) {
        byte[] stream = Hellos.records(HELLO, fragmentLength);
        for (int length = 0; length < stream.length; length += 1 + length / 50) {
            assertEquals(Status.INCOMPLETE, reader.read(Bytes.of(Arrays.copyOf(stream, length))), length + " bytes");
        }
        byte[] more = Hellos.join(stream, COMPATIBILITY, Hellos.record(23, new byte[99]));
        assertEquals(Status.MESSAGE, reader.read(Bytes.of(more)));
        assertArrayEquals(HELLO, reader.message().toByteArray());
        assertEquals(ClientHelloView.TYPE, reader.type());
        assertEquals(stream.length, reader.consumed());
        int rest = more.length - stream.length;
        assertEquals(Status.ENCRYPTED, reader.read(Bytes.of(more), stream.length, rest));
    }

    @Test
    void passesOverWhatStandsBeforeASecondHello() {
        byte[] alert = Hellos.record(21, new byte[] {1, 0});
        byte[] stream = Hellos.join(COMPATIBILITY, alert, Hellos.records(HELLO, 500));
        assertEquals(Status.MESSAGE, reader.read(Bytes.of(stream)));
        assertEquals(stream.length, reader.consumed());
        assertEquals(Status.INCOMPLETE, reader.read(Bytes.of(Arrays.copyOf(stream, 20))));
        assertEquals(COMPATIBILITY.length + alert.length, reader.consumed(), "what was passed over is done with");
    }

    @Test
    void givesTheFirstOfSeveralMessagesBeforeTheRecordIsThereAsAWhole() {
        byte[] hello = Hellos.client().serverMessage(new byte[32]);
        byte[] record = Hellos.record(22, Hellos.join(hello, new byte[3000]));
        assertEquals(Status.MESSAGE, reader.read(Bytes.of(Arrays.copyOf(record, 5 + hello.length))));
        assertArrayEquals(hello, reader.message().toByteArray());
        assertEquals(record.length, reader.consumed(), "more than is there");
    }

    @Test
    void tellsWhatIsEncryptedAndWhatIsNotTls() {
        byte[] finished = Hellos.record(22, new byte[] {(byte) 0xd7, 1, 2, 3, 4, 5});
        assertEquals(Status.ENCRYPTED, reader.read(Bytes.of(Hellos.join(COMPATIBILITY, finished))));
        assertEquals(Status.ENCRYPTED, reader.read(Bytes.of(Hellos.record(21, new byte[26]))));
        assertEquals(Status.NOT_TLS, reader.read(Bytes.of("GET / HTTP/1.1\r\n".getBytes())));
        assertEquals(Status.NOT_TLS, reader.read(Bytes.of(new byte[] {22, 3, 9})));
        assertEquals(Status.NOT_TLS, reader.read(Bytes.of(new byte[] {22, 3, 1, 0x60, 0})));
        assertEquals(Status.NOT_TLS, reader.read(Bytes.of(Hellos.record(22, new byte[0]))));
        assertEquals(Status.INCOMPLETE, reader.read(Bytes.of(new byte[] {22})));
        assertEquals(Status.INCOMPLETE, reader.read(Bytes.of(new byte[0])));
    }

    @Test
    void keepsNoMoreThanItsBoundOfAMessageThatClaimsMore() {
        byte[] huge = Hellos.records(Hellos.message(1, new byte[70_000]), 16_384);
        assertEquals(Status.NOT_TLS, reader.read(Bytes.of(huge)));
        assertEquals(Status.NOT_TLS, reader.read(Bytes.of(Hellos.records(Hellos.message(1, new byte[70_000]), 3))));
        byte[] largest = Hellos.message(11, new byte[65_532]);
        assertEquals(Status.MESSAGE, reader.read(Bytes.of(Hellos.records(largest, 16_384))));
        assertArrayEquals(largest, reader.message().toByteArray());
    }

    @Test
    void hostileBytesEndEveryWalk() {
        byte[] stream = Hellos.join(COMPATIBILITY, Hellos.records(HELLO, 90));
        Random random = new Random(3);
        int messages = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = Arrays.copyOf(stream, random.nextInt(stream.length));
            for (int j = random.nextInt(3); j >= 0 && changed.length > 0; j--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            Status status = reader.read(Bytes.of(changed));
            assertNotEquals(null, status);
            messages += status == Status.MESSAGE ? 1 : 0;
            assertTrue(status == Status.MESSAGE || reader.consumed() <= changed.length);
        }
        assertTrue(messages < 20_000);
    }
}
