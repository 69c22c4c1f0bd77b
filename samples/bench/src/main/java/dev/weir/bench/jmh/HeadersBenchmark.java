package dev.weir.bench.jmh;

import dev.weir.LinkType;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time to decode the headers of one frame, walking over many as in a ring. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HeadersBenchmark {
    private static final int FRAMES = 1_000;

    /** Distance of two frames in a TPACKET_V3 block: 82 bytes of ring headers, the frame, aligned to 16. */
    private static final int STRIDE = 160;

    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();
    private ByteBuffer udp4;

    @Setup
    public void makeFrames() {
        udp4 = ByteBuffer.allocateDirect(FRAMES * STRIDE);
        for (int i = 0; i < FRAMES; i++) {
            udp4.put(i * STRIDE, Frames.udp4(i));
        }
    }

    /** Wraps and decodes; the sum of the ports keeps the work from being optimized away. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public int decodeUdp4() {
        int sum = 0;
        for (int i = 0; i < FRAMES; i++) {
            bytes.wrap(udp4, i * STRIDE, Frames.BYTES);
            headers.decode(bytes, LinkType.ETHERNET);
            sum += headers.sourcePort();
        }
        return sum;
    }
}
