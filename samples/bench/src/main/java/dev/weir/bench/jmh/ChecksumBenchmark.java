package dev.weir.bench.jmh;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.packet.ChecksumStatus;
import dev.weir.packet.Checksums;
import dev.weir.packet.Headers;
import dev.weir.testkit.packet.PacketBuilder;
import java.nio.ByteBuffer;
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

/** Time to check the checksum of a full TCP segment over IPv6, 1,460 bytes of payload. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ChecksumBenchmark {
    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();

    @Setup
    public void build() {
        byte[] frame = PacketBuilder.ethernet()
                .ipv6("2001:db8::1", "2001:db8::2")
                .tcp(4711, 443)
                .payloadOf(1460)
                .build();
        bytes.wrap(ByteBuffer.allocateDirect(frame.length).put(0, frame), 0, frame.length);
        headers.decode(bytes, LinkType.ETHERNET);
    }

    @Benchmark
    public ChecksumStatus tcp1460() {
        return Checksums.transport(bytes, headers);
    }
}
