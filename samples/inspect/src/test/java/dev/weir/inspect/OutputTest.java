package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutputTest {
    @Test
    void deliversWritesOfAnySizeInOrder() {
        byte[] bytes = new byte[500_000];
        new Random(1).nextBytes(bytes);
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        Output output = new Output(target);
        int at = 0;
        for (int length : new int[] {1, 65_535, 65_536, 65_537, 7, 200_000}) {
            output.write(bytes, at, length);
            at += length;
        }
        while (at < bytes.length) {
            output.write(bytes[at++]);
        }
        output.flush();
        assertArrayEquals(bytes, target.toByteArray());
        assertNull(output.failure());
    }

    @Test
    void remembersTheFirstFailureAndTriesNoMore() {
        int[] tries = {0};
        Output output = new Output(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe " + ++tries[0]);
            }
        });
        output.write('a');
        output.flush();
        output.write(new byte[100_000], 0, 100_000);
        output.flush();
        assertEquals("Broken pipe 1", output.failure().getMessage());
        assertEquals(1, tries[0]);
    }
}
