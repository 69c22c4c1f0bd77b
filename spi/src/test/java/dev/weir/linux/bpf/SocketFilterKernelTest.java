package dev.weir.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.linux.Errno;
import dev.weir.linux.IfEther;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.NetworkNamespace;
import dev.weir.linux.Poller;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sends frames over a veth pair and sees which of them the kernel's run of a filter lets through. */
@Tag("kernel")
@Timeout(60)
class SocketFilterKernelTest {
    /** The last bytes of each frame: a mark that no other traffic has, then its number. */
    private static final int MARK = 0x57454952;

    private static final int TRAILER_BYTES = 8;
    private static final int BATCH = 256;
    private static final long SECONDS_5 = 5_000_000_000L;

    private NetworkNamespace namespace;
    private Socket sender;
    private Socket receiver;
    private final MessageBatch received = MessageBatch.withBuffers(BATCH, 512);
    private List<Frames> frames;

    @BeforeEach
    void connect() {
        frames = numbered(Frames.all());
        namespace = NetworkNamespace.create();
        namespace.call(() -> {
            command("ip", "link", "add", "left", "type", "veth", "peer", "name", "right");
            Interfaces.setUp("left");
            Interfaces.setUp("right");
            awaitRunning("left");
            awaitRunning("right");
            sender = packetSocket("left");
            receiver = packetSocket("right");
            return null;
        });
        // The queueing discipline of a fresh link is switched on a little after the link.
        sender.setOption("PACKET_QDISC_BYPASS", Sock.SOL_PACKET, IfPacket.PACKET_QDISC_BYPASS, 1);
        receiver.setReceiveBuffer(4 << 20);
    }

    @AfterEach
    void disconnect() {
        sender.close();
        receiver.close();
        namespace.close();
    }

    private static void command(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).inheritIO().start();
        assertEquals(0, process.waitFor(), () -> String.join(" ", words));
    }

    private static void awaitRunning(String name) throws InterruptedException {
        for (int i = 0; i < 500 && !Interfaces.require(name).isRunning(); i++) {
            Thread.sleep(10);
        }
        assertTrue(Interfaces.require(name).isRunning(), () -> name + " has no carrier");
    }

    private static Socket packetSocket(String name) {
        Socket socket = Socket.open("AF_PACKET", Sock.AF_PACKET, Sock.SOCK_RAW, 0);
        NativeBuffer address = NativeBuffer.allocate(SockaddrLl.BYTES);
        address.bytes().putShort(SockaddrLl.FAMILY, (short) Sock.AF_PACKET);
        address.bytes().putShort(SockaddrLl.PROTOCOL, (short) IfEther.networkOrder(IfEther.ETH_P_ALL));
        address.bytes().putInt(SockaddrLl.IFINDEX, Interfaces.require(name).index());
        socket.bind(name, address);
        return socket;
    }

    private static List<Frames> numbered(List<Frames> frames) {
        List<Frames> numbered = new ArrayList<>();
        for (Frames frame : frames) {
            Frames longer = frame.padded(frame.bytes().length + TRAILER_BYTES);
            ByteBuffer bytes = longer.buffer();
            bytes.putInt(bytes.capacity() - TRAILER_BYTES, MARK);
            bytes.putInt(bytes.capacity() - Integer.BYTES, numbered.size());
            numbered.add(longer);
        }
        return numbered;
    }

    /** Sends every frame, in order. */
    private void sendAll() {
        MessageBatch batch = MessageBatch.withBuffers(frames.size(), 512);
        for (int i = 0; i < frames.size(); i++) {
            batch.buffer(i).put(0, frames.get(i).bytes());
            batch.length(i, frames.get(i).bytes().length);
        }
        int sent = 0;
        while (sent < frames.size()) {
            int more = batch.send(sender, sent, frames.size() - sent);
            assertTrue(more > 0, () -> "send answered " + more);
            sent += more;
        }
    }

    /** The numbers of the frames that came through, once the expected ones are there or time is over. */
    private TreeSet<Integer> collect(int expected) {
        TreeSet<Integer> numbers = new TreeSet<>();
        Poller poller = new Poller(receiver.fd());
        long end = System.nanoTime() + SECONDS_5;
        while (numbers.size() < expected && System.nanoTime() < end) {
            poller.poll(100_000_000);
            take(numbers);
        }
        // Frames of a veth pair arrive in order and nearly at once: what is not wanted would be here by now.
        poller.poll(2_000_000);
        take(numbers);
        return numbers;
    }

    private void take(TreeSet<Integer> numbers) {
        int count = received.receive(receiver);
        assertTrue(count >= 0 || Errno.isRetry(count), () -> "receive answered " + count);
        for (int i = 0; i < count; i++) {
            ByteBuffer frame = received.buffer(i).duplicate();
            int length = received.movedBytes(i);
            if (length >= TRAILER_BYTES && frame.getInt(length - TRAILER_BYTES) == MARK) {
                numbers.add(frame.getInt(length - Integer.BYTES));
            }
        }
    }

    private TreeSet<Integer> wanted(ClassicProgram onTheWire) {
        ClassicInterpreter interpreter = new ClassicInterpreter();
        TreeSet<Integer> numbers = new TreeSet<>();
        for (int i = 0; i < frames.size(); i++) {
            Frames frame = frames.get(i);
            int length = frame.bytes().length;
            if (interpreter.run(onTheWire, frame.buffer(), 0, length, length) != 0) {
                numbers.add(i);
            }
        }
        return numbers;
    }

    @Test
    void theKernelLetsThroughWhatAnExpressionMatchesOnTheWire() {
        Libpcap.assumeInstalled();
        for (String expression : Expressions.ALL) {
            VlanAwareProgram program =
                    VlanAwareProgram.of(FilterCompiler.compile(expression, Expressions.ETHERNET, 262_144));
            assertFalse(program.taggedNeedsUserFilter());
            TreeSet<Integer> wanted = wanted(program.original());
            SocketFilter.attachAndDrain(receiver, program.kernel());
            sendAll();
            assertEquals(wanted, collect(wanted.size()), () -> expression + "\n" + program.kernel());
        }
    }

    @Test
    void aProgramForTheWireSeesNoTagInTheKernel() {
        Libpcap.assumeInstalled();
        SocketFilter.attachAndDrain(receiver, FilterCompiler.compile("vlan 5", Expressions.ETHERNET, 262_144));
        sendAll();
        assertEquals(new TreeSet<>(), collect(0), "if the kernel left the tags in, rewriting would be of no use");
    }

    @Test
    void whatWasQueuedBeforeIsDrained() {
        ClassicProgram all = ClassicProgram.constant(262_144);
        SocketFilter.attachAndDrain(receiver, all);
        sendAll();
        Poller poller = new Poller(receiver.fd());
        assertEquals(1, poller.poll(SECONDS_5));
        int drained = 0;
        long end = System.nanoTime() + SECONDS_5;
        while (drained < frames.size() && System.nanoTime() < end) {
            drained += SocketFilter.attachAndDrain(receiver, all);
        }
        assertTrue(drained >= frames.size(), drained + " frames were drained");
        assertEquals(new TreeSet<>(), collect(0));
    }

    @Test
    void detachingLetsEverythingThrough() {
        SocketFilter.attach(receiver, ClassicProgram.constant(0));
        SocketFilter.detach(receiver);
        SocketFilter.detach(receiver);
        sendAll();
        assertEquals(frames.size(), collect(frames.size()).size());
    }

    @Test
    void aLockedFilterStays() {
        SocketFilter.attach(receiver, ClassicProgram.constant(0));
        SocketFilter.lock(receiver);
        LinuxException refused =
                assertThrows(LinuxException.class, () -> SocketFilter.attach(receiver, ClassicProgram.constant(1)));
        assertTrue(refused.getMessage().contains("locked"), refused.getMessage());
        assertThrows(LinuxException.class, () -> SocketFilter.detach(receiver));
    }
}
