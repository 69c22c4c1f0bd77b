package dev.weir.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class NetlinkMessageTest {
    private final NetlinkWriter writer = new NetlinkWriter(512);
    private final NetlinkReader reader = new NetlinkReader();
    private final NetlinkAttributes attributes = new NetlinkAttributes();
    private final NetlinkAttributes inner = new NetlinkAttributes();

    @Test
    void whatIsWrittenIsRead() {
        writer.begin(0x301, Netlink.NLM_F_ACK, 7);
        int fixed = writer.extend(3);
        writer.bytes().put(fixed + 2, (byte) 9);
        writer.attribute8(1, 200)
                .attribute16(2, 40_000)
                .attribute32(3, -5)
                .attribute64(4, Long.MIN_VALUE)
                .attribute16Network(5, 0x1234)
                .attribute32Network(6, 0x12345678);
        int nested = writer.beginNested(7);
        writer.attributeString(8, "weir");
        writer.endNested(nested).end();
        writer.begin(0x302, 0, 8).end();

        reader.wrap(writer.bytes(), 0, writer.lengthBytes());
        assertTrue(reader.next());
        assertEquals(0x301, reader.type());
        assertEquals(Netlink.NLM_F_ACK | Netlink.NLM_F_REQUEST, reader.flags());
        assertEquals(7, reader.sequence());
        assertEquals(9, reader.bytes().get(reader.payload() + 2));
        reader.attributes(attributes, 3);
        assertTrue(attributes.next());
        assertEquals(200, attributes.unsigned8());
        assertEquals(1, attributes.payloadBytes());
        assertTrue(attributes.next());
        assertEquals(40_000, attributes.unsigned16());
        assertTrue(attributes.next());
        assertEquals(-5, attributes.int32());
        assertTrue(attributes.next());
        assertEquals(Long.MIN_VALUE, attributes.int64());
        assertTrue(attributes.next());
        assertEquals(0x12, attributes.bytes().get(attributes.payload()));
        assertEquals(0x1234, attributes.unsigned16Network());
        assertTrue(attributes.next());
        assertEquals(0x12, attributes.bytes().get(attributes.payload()));
        assertEquals(0x12345678, attributes.int32Network());
        assertTrue(attributes.next());
        assertEquals(7, attributes.type());
        attributes.nested(inner);
        assertTrue(inner.next());
        assertEquals(8, inner.type());
        assertEquals(5, inner.payloadBytes());
        assertEquals("weir", inner.string());
        assertFalse(inner.next());
        assertFalse(attributes.next());
        assertFalse(attributes.isMalformed());
        assertTrue(reader.next());
        assertEquals(0x302, reader.type());
        assertEquals(0, reader.payloadBytes());
        assertFalse(reader.next());
        assertFalse(reader.isMalformed());
    }

    @Test
    void roomIsZeroedWhenTheWriterIsUsedAgain() {
        writer.begin(1, 0, 1).attribute64(1, -1L).end().reset();
        writer.begin(1, 0, 1).attribute8(1, 1).end();
        reader.wrap(writer.bytes(), 0, writer.lengthBytes());
        assertTrue(reader.next());
        assertEquals(8, reader.payloadBytes());
        assertEquals(0, reader.bytes().get(reader.payload() + 5));
        assertEquals(0, reader.portId());
    }

    @Test
    void misuseOfTheWriterIsRefused() {
        assertThrows(IllegalStateException.class, () -> writer.attribute8(1, 1));
        assertThrows(IllegalStateException.class, writer::end);
        writer.begin(1, 0, 1);
        assertThrows(IllegalStateException.class, () -> writer.begin(1, 0, 1));
        assertThrows(BufferOverflowException.class, () -> writer.extend(1000));
        assertThrows(IllegalArgumentException.class, () -> writer.beginAttribute(1, 65_532));
    }

    @Test
    void aNumberWiderThanItsAttributeReadsAsZero() {
        writer.begin(1, 0, 1).attribute8(1, 255).end();
        reader.wrap(writer.bytes(), 0, writer.lengthBytes());
        assertTrue(reader.next());
        reader.attributes(attributes, 0);
        assertTrue(attributes.next());
        assertEquals(0, attributes.unsigned16());
        assertEquals(0, attributes.int32Network());
        assertEquals(0, attributes.int64());
    }

    @Test
    void impossibleLengthsEndTheWalk() {
        ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.nativeOrder());
        for (int length : new int[] {0, 1, 15, 33, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            bytes.putInt(0, length);
            reader.wrap(bytes, 0, 32);
            assertFalse(reader.next(), () -> "a message of " + length);
            assertTrue(reader.isMalformed());
            assertFalse(reader.next());
        }
        bytes.putInt(0, 30);
        reader.wrap(bytes, 0, 30);
        assertTrue(reader.next());
        assertFalse(reader.next());
        assertFalse(reader.isMalformed());
        for (int length : new int[] {0, 3, 33, 0xFFFF}) {
            bytes.putShort(0, (short) length);
            attributes.wrap(bytes, 0, 32);
            assertFalse(attributes.next(), () -> "an attribute of " + length);
            assertTrue(attributes.isMalformed());
        }
    }

    @Test
    void noiseIsWalkedInBoundsAndInAFewSteps() {
        Random random = new Random(20261121);
        // Nothing stands behind the limit: a read too far throws.
        for (int round = 0; round < 20_000; round++) {
            int size = random.nextInt(120);
            byte[] noise = new byte[size];
            random.nextBytes(noise);
            for (int i = 0; i < noise.length; i++) {
                // Small numbers make plausible lengths.
                if (random.nextInt(3) > 0) {
                    noise[i] = (byte) (i % 2 == 0 ? noise[i] & 0x1F : 0);
                }
            }
            ByteBuffer bytes = ByteBuffer.wrap(noise).order(ByteOrder.nativeOrder());
            int steps = 0;
            reader.wrap(bytes, 0, size);
            while (reader.next()) {
                steps++;
                reader.attributes(attributes, random.nextInt(40));
                while (attributes.next()) {
                    steps++;
                    attributes.int64();
                    attributes.string();
                    attributes.nested(inner);
                    while (inner.next()) {
                        steps++;
                        inner.unsigned16();
                    }
                }
            }
            assertTrue(steps <= size, steps + " steps in " + size + " bytes");
        }
    }
}
