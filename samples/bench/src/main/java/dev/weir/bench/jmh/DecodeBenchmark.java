package dev.weir.bench.jmh;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.weir.LinkType;
import dev.weir.bench.NativePrograms;
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
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpPacket;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

/**
 * Time to decode the headers of one frame of mixed traffic, by Weir, by pcap4j and by C. All three answer the same sum
 * over IP versions, ports and payloads, as far as pcap4j tells them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DecodeBenchmark {
    private final MixedTraffic traffic = new MixedTraffic();
    private final Bytes bytes = new Bytes();
    private final Headers headers = new Headers();

    /** The C loop, compiled where it runs. */
    @State(Scope.Thread)
    public static class InC {
        private final MixedTraffic traffic = new MixedTraffic();
        private long memory;
        private long places;

        @Setup
        public void compile() {
            Native.register(InC.class, NativeLibrary.getInstance(new NativePrograms().decodeLibrary()));
            memory = Pointer.nativeValue(Native.getDirectBufferPointer(traffic.memory()));
            places = Pointer.nativeValue(Native.getDirectBufferPointer(traffic.places()));
        }

        private static native long decode_all(long memory, long places, int count);
    }

    @Benchmark
    @OperationsPerInvocation(MixedTraffic.FRAMES)
    public long weir() {
        long sum = 0;
        for (int i = 0; i < MixedTraffic.FRAMES; i++) {
            sum += weir(i);
        }
        return sum;
    }

    /** One frame, by its number. */
    public int weir(int frame) {
        ByteBuffer places = traffic.places();
        bytes.wrap(traffic.memory(), places.getInt(8 * frame), places.getInt(8 * frame + 4));
        headers.decode(bytes, LinkType.ETHERNET);
        return headers.ipVersion() + headers.sourcePort() + headers.destinationPort() + headers.payloadLength();
    }

    /** One call for all frames: what JNA costs is spread over them. */
    @Benchmark
    @OperationsPerInvocation(MixedTraffic.FRAMES)
    public long c(InC c) {
        return InC.decode_all(c.memory, c.places, MixedTraffic.FRAMES);
    }

    @Benchmark
    @OperationsPerInvocation(MixedTraffic.FRAMES)
    public long pcap4j() throws IllegalRawDataException {
        long sum = 0;
        for (int i = 0; i < MixedTraffic.FRAMES; i++) {
            sum += pcap4j(i);
        }
        return sum;
    }

    /** One frame, by its number; of ICMP pcap4j tells no payload. */
    public int pcap4j(int number) throws IllegalRawDataException {
        byte[] frame = traffic.frames().get(number);
        Packet packet = EthernetPacket.newPacket(frame, 0, frame.length);
        IpPacket ip = packet.get(IpPacket.class);
        if (ip == null) {
            return 0;
        }
        int version = ip.getHeader().getVersion().value();
        TcpPacket tcp = packet.get(TcpPacket.class);
        if (tcp != null) {
            TcpPacket.TcpHeader header = tcp.getHeader();
            return version
                    + header.getSrcPort().valueAsInt()
                    + header.getDstPort().valueAsInt()
                    + length(tcp.getPayload());
        }
        UdpPacket udp = packet.get(UdpPacket.class);
        if (udp != null) {
            UdpPacket.UdpHeader header = udp.getHeader();
            return version
                    + header.getSrcPort().valueAsInt()
                    + header.getDstPort().valueAsInt()
                    + length(udp.getPayload());
        }
        return version;
    }

    private static int length(Packet payload) {
        return payload == null ? 0 : payload.length();
    }
}
