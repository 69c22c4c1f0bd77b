package dev.weir.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.management.ThreadMXBean;
import dev.weir.WeirException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LinuxPlumbingTest {
    /** {@code struct sockaddr_in} for 127.0.0.1 and a port in host order; 0 lets the kernel choose. */
    private static NativeBuffer loopback(int port) {
        NativeBuffer address = NativeBuffer.allocate(16);
        address.bytes().putShort(0, (short) Sock.AF_INET);
        ByteBuffer network = address.bytes().duplicate().order(ByteOrder.BIG_ENDIAN);
        network.putShort(2, (short) port);
        network.putInt(4, 0x7F000001);
        return address;
    }

    private static Socket udp() {
        return Socket.open("AF_INET", Sock.AF_INET, Sock.SOCK_DGRAM, 0);
    }

    private static NativeBuffer bindAnywhere(Socket socket) {
        socket.bind("127.0.0.1", loopback(0));
        NativeBuffer bound = NativeBuffer.allocate(16);
        assertEquals(16, socket.localAddress(bound));
        return bound;
    }

    @Test
    void aBatchOfDatagramsArrivesInOneCall() {
        try (Socket sender = udp();
                Socket receiver = udp()) {
            NativeBuffer address = bindAnywhere(receiver);
            NativeBuffer text = NativeBuffer.allocate(3);
            text.bytes().put(0, "abc".getBytes(StandardCharsets.US_ASCII));
            for (int length = 1; length <= 3; length++) {
                assertEquals(length, sender.sendTo(text.address(), length, 0, address));
            }
            MessageBatch batch = MessageBatch.withBuffers(8, 2);
            assertEquals(3, batch.receive(receiver));
            assertEquals(1, batch.movedBytes(0));
            assertEquals(2, batch.movedBytes(1));
            assertEquals('b', batch.buffer(1).get(1));
            assertFalse(batch.isTruncated(1));
            assertTrue(batch.isTruncated(2));
        }
    }

    @Test
    void anEmptySocketAnswersTryAgainAndDoesNotThrow() {
        try (Socket socket = udp()) {
            bindAnywhere(socket);
            MessageBatch batch = MessageBatch.withBuffers(1, 64);
            int result = batch.receive(socket);
            assertEquals(-Errno.EAGAIN, result);
            assertTrue(Errno.isRetry(result));
        }
    }

    @Test
    void aBatchSendsFromWhereItPoints() {
        try (Socket sender = udp();
                Socket receiver = udp()) {
            NativeBuffer address = bindAnywhere(receiver);
            assertEquals(0, Libc.connect(sender.fd().number(), address.address(), address.lengthBytes()));
            NativeBuffer bytes = NativeBuffer.allocate(100);
            MessageBatch out = MessageBatch.pointing(4);
            for (int i = 0; i < 4; i++) {
                bytes.bytes().put(i, (byte) (40 + i));
                out.point(i, bytes.address() + i, 1);
            }
            assertEquals(3, out.send(sender, 1, 3));
            MessageBatch in = MessageBatch.withBuffers(8, 16);
            assertEquals(3, in.receive(receiver));
            assertEquals(41, in.buffer(0).get(0));
            assertEquals(43, in.buffer(2).get(0));
        }
    }

    @Test
    void pollSeesWhatIsReadyAndNothingElse() {
        try (EventFd first = EventFd.open();
                EventFd second = EventFd.open()) {
            Poller poller = new Poller(first.fd(), second.fd());
            assertEquals(0, poller.poll(0));
            second.signal();
            second.signal();
            assertEquals(1, poller.poll(-1));
            assertFalse(poller.isReadable(0));
            assertTrue(poller.isReadable(1));
            assertTrue(second.drain());
            assertFalse(second.drain());
            assertEquals(0, poller.poll(1_000_000));
            second.signal();
            poller.ignore(1);
            assertEquals(0, poller.poll(0));
        }
    }

    @Test
    void pollSleepsForTheTimeThatWasAsked() {
        try (EventFd event = EventFd.open()) {
            Poller poller = new Poller(event.fd());
            long start = System.nanoTime();
            assertEquals(0, poller.poll(20_000_000));
            assertTrue(System.nanoTime() - start >= 20_000_000);
        }
    }

    @Test
    void aSignalFromAnotherThreadEndsTheSleep() throws InterruptedException {
        try (EventFd event = EventFd.open()) {
            Poller poller = new Poller(event.fd());
            Thread waker = new Thread(event::signal);
            waker.start();
            assertEquals(1, poller.poll(-1));
            waker.join();
        }
    }

    @Test
    void aSignalAfterCloseTouchesNoDescriptor() {
        EventFd closed = EventFd.open();
        int number = closed.fd().number();
        closed.close();
        try (EventFd heir = EventFd.open()) {
            assertEquals(number, heir.fd().number(), "the number was expected to be given out again");
            closed.signal();
            closed.close();
            assertFalse(heir.drain());
            assertTrue(heir.fd().isOpen());
        }
    }

    @Test
    void pollingAndSignallingAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (EventFd event = EventFd.open();
                Socket socket = udp()) {
            Poller poller = new Poller(event.fd());
            MessageBatch batch = MessageBatch.withBuffers(4, 64);
            long thread = Thread.currentThread().getId();
            long before = 0;
            int rounds = 5_000;
            for (int i = -rounds; i < rounds; i++) {
                if (i == 0) {
                    before = threads.getThreadAllocatedBytes(thread);
                }
                event.signal();
                poller.poll(1_000);
                event.drain();
                batch.receive(socket);
            }
            long allocated = threads.getThreadAllocatedBytes(thread) - before;
            assertTrue(allocated < rounds, () -> allocated + " bytes in " + rounds + " rounds");
        }
    }

    @Test
    void aDescriptorIsClosedOnceAndThenRefused() {
        Socket socket = udp();
        assertTrue(socket.fd().isOpen());
        socket.close();
        socket.close();
        assertFalse(socket.fd().isOpen());
        assertThrows(IllegalStateException.class, () -> socket.fd().number());
    }

    @Test
    void aRefusedSocketNamesCallAndErrno() {
        LinuxException refused = assertThrows(
                LinuxException.class, () -> Socket.open("AF_PACKET of a strange type", Sock.AF_PACKET, 9, 0));
        assertTrue(
                refused.getMessage().startsWith("socket(AF_PACKET of a strange type) failed: E"), refused.getMessage());
        assertTrue(refused.errno() > 0);
        assertFalse(refused.getMessage().contains("\n"));
    }

    @Test
    void anUnknownOptionIsAnAnswerOrAnException() {
        try (Socket socket = udp()) {
            assertEquals(-Errno.ENOPROTOOPT, socket.trySetOption(Sock.SOL_SOCKET, 4711, 1));
            LinuxException refused =
                    assertThrows(LinuxException.class, () -> socket.setOption("SO_STRANGE", Sock.SOL_SOCKET, 4711, 1));
            assertEquals("setsockopt(SO_STRANGE)", refused.call());
            assertEquals(Errno.ENOPROTOOPT, refused.errno());
        }
    }

    @Test
    void anAdoptedSocketWorksLikeAnOpenedOne() {
        int number = Libc.socket(Sock.AF_INET, Sock.SOCK_DGRAM, 0);
        try (Socket socket = Socket.adopt(Fd.owning(number))) {
            bindAnywhere(socket);
            NativeBuffer byteRoom = NativeBuffer.allocate(1);
            assertEquals(-Errno.EAGAIN, socket.receive(byteRoom.address(), 1, 0));
            assertEquals(Sock.SOCK_DGRAM, socket.getOption("SO_TYPE", Sock.SOL_SOCKET, Sock.SO_TYPE));
            assertEquals(0, socket.takeError());
            assertTrue(socket.setReceiveBuffer(100_000) >= 100_000);
        }
    }

    @Test
    void anonymousMemoryIsZeroedAndOneBufferShowsAll() {
        MappedMemory memory = MappedMemory.anonymous(1 << 20);
        try (memory) {
            assertEquals(1 << 20, memory.bytes().capacity());
            assertEquals(ByteOrder.nativeOrder(), memory.bytes().order());
            assertEquals(0, memory.bytes().get((1 << 20) - 1));
            memory.bytes().putLong(8, 42);
            assertEquals(42, memory.bytes().getLong(8));
            assertEquals(0, memory.address() % 4096);
        }
        memory.close();
        assertThrows(IllegalStateException.class, memory::bytes);
    }

    @Test
    void whatIsLeftMappedStaysReadableAfterClose() {
        MappedMemory memory = MappedMemory.anonymous(4096);
        ByteBuffer view = memory.bytes().slice(0, 16);
        view.put(3, (byte) 7);
        memory.leaveMapped();
        memory.close();
        assertEquals(7, view.get(3));
    }

    @Test
    void anImpossibleMappingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> MappedMemory.anonymous(0));
        assertThrows(IllegalArgumentException.class, () -> MappedMemory.anonymous(1L << 31));
        try (EventFd event = EventFd.open()) {
            LinuxException refused = assertThrows(LinuxException.class, () -> MappedMemory.map(event.fd(), 0, 4096));
            assertEquals(Errno.ENODEV, refused.errno());
        }
    }

    @Test
    void nativeBuffersAreZeroedAndAligned() {
        NativeBuffer buffer = NativeBuffer.allocate(100, 4096);
        assertEquals(0, buffer.address() % 4096);
        assertEquals(100, buffer.lengthBytes());
        for (int i = 0; i < 100; i++) {
            assertEquals(0, buffer.bytes().get(i));
        }
    }

    @Test
    void theLoopbackIsFoundByNameAndByIndex() {
        NetworkInterface loopback = Interfaces.require("lo");
        assertTrue(loopback.isLoopback());
        assertTrue(loopback.hasEthernetHeader());
        assertEquals(IfArp.ARPHRD_LOOPBACK, loopback.hardwareType());
        assertEquals("00:00:00:00:00:00", loopback.hardwareAddress().toString());
        assertTrue(loopback.mtuBytes() > 0);
        assertEquals("lo", Interfaces.find(loopback.index()).orElseThrow().name());
        assertTrue(Interfaces.all().stream().anyMatch(any -> any.name().equals("lo")));
    }

    @Test
    void anAbsentInterfaceIsAbsentAndTheErrorListsTheOthers() {
        assertEquals(Optional.empty(), Interfaces.find("nosuch0"));
        assertEquals(Optional.empty(), Interfaces.find(Integer.MAX_VALUE));
        assertEquals(Optional.empty(), Interfaces.find("a-name-that-no-interface-can-have"));
        assertEquals(Optional.empty(), Interfaces.find(""));
        WeirException absent = assertThrows(WeirException.class, () -> Interfaces.require("nosuch0"));
        assertTrue(absent.getMessage().contains("\"nosuch0\""), absent.getMessage());
        assertTrue(absent.getMessage().contains("lo"), absent.getMessage());
    }

    @Test
    void anAbsentNamespaceIsNamed() {
        WeirException absent = assertThrows(WeirException.class, () -> NetworkNamespace.open("weir-nosuch"));
        assertTrue(absent.getMessage().contains("/run/netns/weir-nosuch"), absent.getMessage());
    }

    @Test
    void aThreadIsPinnedAndOthersAreNot() throws InterruptedException {
        BitSet all = CpuAffinity.allowed();
        int last = all.length() - 1;
        BitSet[] seen = new BitSet[1];
        Thread pinned = new Thread(() -> {
            CpuAffinity.pin(last);
            seen[0] = CpuAffinity.allowed();
        });
        pinned.start();
        pinned.join();
        assertEquals(BitSet.valueOf(new long[] {1L << last}), seen[0]);
        assertEquals(all, CpuAffinity.allowed());
    }

    @Test
    void aThreadPreemptsNobodyAndOthersDoAsBefore() throws InterruptedException {
        List<Boolean> preemptsNobody = new ArrayList<>();
        Thread polite = new Thread(() -> {
            preemptsNobody.add(Scheduling.preemptsNobody());
            assertTrue(Scheduling.preemptNobody());
            assertTrue(Scheduling.preemptNobody(), "a second time");
            preemptsNobody.add(Scheduling.preemptsNobody());
        });
        polite.start();
        polite.join();
        assertEquals(List.of(false, true), preemptsNobody);
        assertFalse(Scheduling.preemptsNobody(), "another thread");
    }

    @Test
    void anAbsentProcessorIsNamed() {
        WeirException absent = assertThrows(WeirException.class, () -> CpuAffinity.pin(8000));
        assertTrue(absent.getMessage().contains("8000"), absent.getMessage());
        assertThrows(WeirException.class, () -> CpuAffinity.pin(1_000_000));
    }

    @Test
    void capabilitiesAreReadFromTheMask() {
        assertEquals(
                EnumSet.of(Rights.Capability.CAP_NET_ADMIN, Rights.Capability.CAP_NET_RAW),
                Rights.parse("0000000000003000"));
        assertEquals(Set.of(), Rights.parse("0000000000000000"));
        assertEquals(Set.of(Rights.Capability.values()), Rights.parse("000001ffffffffff"));
        assertTrue(Rights.effective().isPresent());
    }

    @Test
    void adviceNamesWhatIsMissing() {
        Set<Rights.Capability> needed = EnumSet.of(Rights.Capability.CAP_NET_RAW, Rights.Capability.CAP_NET_ADMIN);
        String nothing = Rights.advice(Optional.of(Set.of()), needed);
        assertTrue(nothing.contains("lacks CAP_NET_ADMIN and CAP_NET_RAW;"), nothing);
        String raw = Rights.advice(Optional.of(EnumSet.of(Rights.Capability.CAP_NET_ADMIN)), needed);
        assertTrue(raw.contains("lacks CAP_NET_RAW;"), raw);
        String all = Rights.advice(Optional.of(EnumSet.allOf(Rights.Capability.class)), needed);
        assertTrue(all.contains("something else forbids it"), all);
        String unknown = Rights.advice(Optional.empty(), EnumSet.of(Rights.Capability.CAP_SYS_ADMIN));
        assertEquals("run as root, or with CAP_SYS_ADMIN", unknown);
    }

    @Test
    void nothingStaysOpen() throws IOException {
        List<String> before = openFiles();
        Interfaces.all();
        try (EventFd event = EventFd.open();
                Socket socket = udp()) {
            assertEquals(before.size() + 2, openFiles().size(), () -> event.fd() + " and " + socket.fd());
        }
        assertEquals(before, openFiles());
    }

    /** Sockets and event descriptors of this process; the JVM opens and closes other files as it likes. */
    private static List<String> openFiles() throws IOException {
        List<String> found = new ArrayList<>();
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : files.toList()) {
                try {
                    String target = Files.readSymbolicLink(file).toString();
                    if (target.startsWith("socket:") || target.contains("eventfd")) {
                        found.add(file.getFileName() + " " + target);
                    }
                } catch (NoSuchFileException e) {
                    // Closed in between, so it is none of ours.
                }
            }
        }
        return found.stream().sorted().toList();
    }

    @Test
    void withoutRightsThePacketSocketSaysWhatIsMissing() {
        assumeFalse(Rights.has(Rights.Capability.CAP_NET_RAW), "this test wants to be refused, and it may do anything");
        LinuxException refused =
                assertThrows(LinuxException.class, () -> Socket.open("AF_PACKET", Sock.AF_PACKET, Sock.SOCK_RAW, 0));
        assertEquals(Errno.EPERM, refused.errno());
        assertTrue(refused.getMessage().contains("CAP_NET_RAW"), refused.getMessage());
    }

    @Test
    void aCopyTakesThePlaceOfAMappingUnderItsViews() {
        int page = 65_536;
        MappedMemory memory = MappedMemory.anonymous(3L * page);
        ByteBuffer view = memory.bytes();
        view.put(0, (byte) 1).put(page, (byte) 2).put(2 * page + 7, (byte) 3);
        memory.leaveCopy(page, unit -> unit != 1);
        memory.close();
        assertEquals(1, view.get(0));
        assertEquals(0, view.get(page));
        assertEquals(3, view.get(2 * page + 7));
        assertThrows(IllegalStateException.class, memory::bytes);
    }
}
