package dev.weir.bench.jmh;

import dev.weir.classify.tls.Ja3;
import dev.weir.classify.tls.Ja4;
import dev.weir.packet.Bytes;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.TlsHandshakeReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** How many hellos a second one thread reads: from the record to the view, and to the fingerprints. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TlsBenchmark {
    private final TlsHandshakeReader reader = new TlsHandshakeReader();
    private final ClientHelloView hello = new ClientHelloView();
    private final Ja3 ja3 = new Ja3();
    private final Ja4 ja4 = new Ja4();
    private final Bytes stream = new Bytes();

    @Setup
    public void readHello() throws IOException {
        StringBuilder hex = new StringBuilder();
        try (InputStream file = TlsBenchmark.class.getResourceAsStream("client-hello.hex")) {
            new String(file.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(hex::append);
        }
        byte[] record = HexFormat.of().parseHex(hex);
        stream.wrap(ByteBuffer.allocateDirect(record.length).put(record), 0, record.length);
        if (clientHelloToJa3AndJa4() == 0 || !ja4.toString().startsWith("t13d1516h2_")) {
            throw new IllegalStateException("not the hello it was: " + ja4);
        }
    }

    /** Finds the message and validates it; the length of the name keeps the work. */
    @Benchmark
    public int clientHelloView() {
        reader.read(stream);
        Bytes message = reader.message();
        return hello.wrap(message, 0, message.length()) ? hello.serverNameLength() : 0;
    }

    /** All of that, the text of JA3 with its MD5, and JA4 with its two SHA-256. */
    @Benchmark
    public int clientHelloToJa3AndJa4() {
        int length = clientHelloView();
        ja3.read(hello);
        ja4.read(hello, false);
        return length + ja3.digest(0) + ja4.character(Ja4.LENGTH - 1);
    }
}
