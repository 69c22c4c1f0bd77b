package dev.weir.afpacket;

import dev.weir.WeirException;
import dev.weir.linux.Interfaces;
import dev.weir.linux.NetworkNamespace;
import dev.weir.spi.CaptureName;
import dev.weir.spi.CaptureQueue;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.Options;
import dev.weir.spi.Slot;
import dev.weir.testkit.packet.PacketBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * A namespace without a name, so that it goes with the process, holding a veth pair: what is sent on {@link #LEFT}
 * arrives on {@link #RIGHT}. IPv6 is off in it, so that nothing comes by itself.
 */
final class VethLab implements AutoCloseable {
    static final String LEFT = "left";
    static final String RIGHT = "right";

    private static final int IN_FLIGHT = 1_000;

    private final NetworkNamespace namespace = NetworkNamespace.create();
    private final List<Runnable> opened = new ArrayList<>();

    VethLab() {
        sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        addPair();
        sh("ip link set lo up");
    }

    void addPair() {
        sh("ip link add " + LEFT + " type veth peer name " + RIGHT);
        sh("ip link set " + LEFT + " up");
        sh("ip link set " + RIGHT + " up");
        awaitRunning(LEFT);
        awaitRunning(RIGHT);
    }

    /** Waits for the carrier: until the kernel has noticed it, what is sent is dropped without a word. */
    void awaitRunning(String name) {
        inside(() -> {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
            while (!Interfaces.require(name).isRunning()) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException(name + " has no carrier");
                }
                Thread.sleep(2);
            }
            return null;
        });
    }

    /** Runs something inside. */
    <T> T inside(Callable<T> task) {
        return namespace.call(task);
    }

    /** Runs a shell command inside and returns what it prints. */
    String sh(String command) {
        return inside(() -> {
            Process process = new ProcessBuilder("sh", "-c", command)
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command + ": " + output);
            }
            return output;
        });
    }

    /** Opens a capture inside, {@code right?queues=2}; closed with the lab unless it was before. */
    CaptureSource capture(String what, Map<String, String> more) {
        CaptureName name = CaptureName.parse("afpacket:" + what, more);
        AfPacketProvider provider = new AfPacketProvider();
        Options options = Options.of("afpacket", provider.options(), name.options());
        CaptureSource source =
                inside(() -> provider.open(new CaptureRequest(name.target(), options, IN_FLIGHT, 1 << 24)));
        opened.add(source::close);
        return source;
    }

    CaptureSource capture(String what) {
        return capture(what, Map.of());
    }

    /** Closed by the test. */
    AfPacketTransmitter transmitter(String what) {
        CaptureName name = CaptureName.parse("afpacket:" + what, Map.of());
        AfPacketProvider provider = new AfPacketProvider();
        Options options = Options.of("afpacket", provider.options(), name.options());
        return inside(() -> (AfPacketTransmitter)
                provider.openTransmitter(new CaptureRequest(name.target(), options, IN_FLIGHT, 1 << 24)));
    }

    /** A test has closed all captures itself. */
    void allClosed() {
        opened.clear();
    }

    /** Sends frames; the kernel has taken all when it returns. */
    void send(String out, List<byte[]> frames) {
        try (AfPacketTransmitter transmitter = transmitter(out)) {
            send(transmitter, frames);
        }
    }

    static void send(AfPacketTransmitter transmitter, List<byte[]> frames) {
        for (byte[] frame : frames) {
            while (!transmitter.offer(ByteBuffer.wrap(frame))) {
                transmitter.flush();
            }
        }
        while (transmitter.flush() > 0) {
            Thread.onSpinWait();
        }
        if (transmitter.failed() > 0) {
            throw new WeirException(transmitter.failed() + " frames were refused");
        }
    }

    void send(String out, byte[]... frames) {
        send(out, List.of(frames));
    }

    /** A UDP datagram from a socket inside. */
    void sendDatagram(String to, int port, String text) {
        inside(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getByName(to), port));
            }
            return null;
        });
    }

    /** Bytes through a TCP connection over the loopback. */
    void sendOverTcp(int bytes) {
        inside(() -> {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                    Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                    Socket accepted = server.accept()) {
                client.getOutputStream().write(new byte[bytes]);
                accepted.getInputStream().readNBytes(bytes);
            }
            return null;
        });
    }

    /** Holds a tun device open, or it has no carrier. */
    Tun openTun(String name) {
        Process holder = inside(() -> new ProcessBuilder(
                        "perl",
                        "-e",
                        // TUNSETIFF of linux/if_tun.h with IFF_TUN and IFF_NO_PI
                        """
                        open(my $tun, '+<', '/dev/net/tun') or die $!;
                        ioctl($tun, 0x400454ca, pack('a16 S x22', $ARGV[0], 0x1001)) or die $!;
                        $| = 1;
                        print "open\\n";
                        <STDIN>;
                        """,
                        name)
                .start());
        try {
            holder.getInputStream().read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Tun(holder);
    }

    /** A process that holds a device. */
    record Tun(Process holder) implements AutoCloseable {
        @Override
        public void close() {
            holder.destroy();
        }
    }

    static byte[] udp(int sourcePort, int destinationPort, int payload) {
        return PacketBuilder.ethernet()
                .ipv4("10.9.0.1", "10.9.0.2")
                .udp(sourcePort, destinationPort)
                .payloadOf(payload)
                .build();
    }

    /** Receives until there are so many, or the patience of five seconds is over; the slots stay out. */
    static List<Slot> take(CaptureQueue queue, int count) {
        List<Slot> taken = new ArrayList<>();
        Slot[] slots = new Slot[64];
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (taken.size() < count && System.nanoTime() - deadline < 0) {
            int size = queue.receive(slots, Math.min(64, count - taken.size()));
            if (size == CaptureQueue.END) {
                break;
            }
            for (int i = 0; i < size; i++) {
                taken.add(slots[i]);
            }
            if (size == 0) {
                queue.await(TimeUnit.MILLISECONDS.toNanos(50));
            }
        }
        if (taken.size() < count) {
            throw new AssertionError("only " + taken.size() + " of " + count + " packets came");
        }
        return taken;
    }

    /** Takes so many, copies their bytes and gives them back. */
    static List<byte[]> takeBytes(CaptureQueue queue, int count) {
        List<byte[]> bytes = new ArrayList<>();
        for (Slot slot : take(queue, count)) {
            bytes.add(slot.bytes().toByteArray());
            queue.release(slot);
        }
        return bytes;
    }

    /** Stops the intake and takes what still comes. */
    static List<byte[]> drain(CaptureQueue queue) {
        queue.stopIntake();
        List<byte[]> rest = new ArrayList<>();
        Slot[] slots = new Slot[64];
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (System.nanoTime() - deadline < 0) {
            int size = queue.receive(slots, 64);
            if (size == CaptureQueue.END) {
                return rest;
            }
            for (int i = 0; i < size; i++) {
                rest.add(slots[i].bytes().toByteArray());
                queue.release(slots[i]);
            }
            if (size == 0) {
                queue.await(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
        throw new AssertionError("a stopped queue does not end");
    }

    @Override
    public void close() {
        opened.forEach(Runnable::run);
        namespace.close();
    }
}
