package dev.weir.bench.jmh;

import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.testkit.MemoryCapture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Packets per second through a whole pipeline that needs no network: frames replayed from memory, headers decoded, flow
 * looked up, one classifier asked, verdict carried out, ledger kept. The difference between one flow and many is what
 * looking up costs.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class EngineBenchmark {
    private static final int PACKETS = 1_000_000;
    private static final int FRAMES = 10_000;
    private static final long LOOK_EVERY_NS = 50_000;

    /** 0: run to completion on one thread. */
    @Param({"0", "1"})
    public int workers;

    @Param({"1", "1000", "10000"})
    public int flows;

    private MemoryCapture memory;
    private Pipeline pipeline;
    private long played;

    @Setup
    public void open() {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            frames.add(Frames.udp4(i % flows));
        }
        memory = MemoryCapture.builder().replay(frames).create();
        pipeline = Pipeline.from(memory.name())
                .workers(workers)
                .classify((packet, flow) -> packet.headers().destinationPort() == 23 ? Verdict.DROP : Verdict.ACCEPT)
                .open();
        pipeline.start();
    }

    @TearDown
    public void close() {
        pipeline.close();
        memory.close();
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public void packets() {
        memory.play(PACKETS / FRAMES);
        played += PACKETS;
        while (memory.verdicts(Verdict.Kind.ACCEPT) < played) {
            LockSupport.parkNanos(LOOK_EVERY_NS);
        }
    }
}
