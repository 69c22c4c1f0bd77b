package dev.weir.linux.bpf;

import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import dev.weir.linux.bpf.Bpf.SockFprog;
import java.lang.ref.Reference;

/**
 * Attaches programs to sockets. The kernel then runs the program on every packet before it is queued, and cuts the
 * packet to the length that the program returns.
 *
 * <p>Packets that were queued before stay queued, unfiltered. For a packet socket with a ring the way around is order:
 * open it with protocol 0, attach, make the ring, and bind with the protocol last; nothing arrives before. For a socket
 * that already receives into its queue there is {@link #attachAndDrain}.
 */
public final class SocketFilter {
    private SocketFilter() {}

    /** Attaches a program, in place of the one before. */
    public static void attach(Socket socket, ClassicProgram program) {
        NativeBuffer instructions = program.toNative();
        NativeBuffer header = NativeBuffer.allocate(SockFprog.BYTES);
        header.bytes().putShort(SockFprog.LEN, (short) program.length());
        header.bytes().putLong(SockFprog.FILTER, instructions.address());
        int result = socket.trySetOption(Sock.SOL_SOCKET, Sock.SO_ATTACH_FILTER, header);
        Reference.reachabilityFence(instructions);
        if (result == -Errno.ENOMEM) {
            throw new LinuxException(
                    "setsockopt(SO_ATTACH_FILTER)",
                    Errno.ENOMEM,
                    "the filter's " + program.length() + " instructions exceed the sysctl net.core.optmem_max");
        }
        if (result == -Errno.EPERM) {
            throw new LinuxException(
                    "setsockopt(SO_ATTACH_FILTER)", Errno.EPERM, "the filter of this socket is locked");
        }
        if (result < 0) {
            throw new LinuxException("setsockopt(SO_ATTACH_FILTER)", -result);
        }
    }

    /**
     * Attaches a program to a socket that receives already, and throws away what was queued before: a program that
     * refuses everything comes first, so the queue can be emptied. Returns how many packets were thrown away.
     */
    public static int attachAndDrain(Socket socket, ClassicProgram program) {
        attach(socket, ClassicProgram.constant(0));
        NativeBuffer room = NativeBuffer.allocate(1);
        int drained = 0;
        while (true) {
            long result = socket.receive(room.address(), room.lengthBytes(), Sock.MSG_DONTWAIT | Sock.MSG_TRUNC);
            if (result >= 0) {
                drained++;
            } else if (result != -Errno.EINTR) {
                // EAGAIN: the queue is empty. Another error that lasts meets whoever receives next.
                break;
            }
        }
        Reference.reachabilityFence(room);
        attach(socket, program);
        return drained;
    }

    /** Takes the program away; every packet arrives again. Has no effect when there is none. */
    public static void detach(Socket socket) {
        int result = socket.trySetOption(Sock.SOL_SOCKET, Sock.SO_DETACH_FILTER, 0);
        if (result < 0 && result != -Errno.ENOENT) {
            throw new LinuxException("setsockopt(SO_DETACH_FILTER)", -result);
        }
    }

    /** The program stays from now on, whatever rights a later caller has: before the socket is handed on. */
    public static void lock(Socket socket) {
        socket.setOption("SO_LOCK_FILTER", Sock.SOL_SOCKET, Sock.SO_LOCK_FILTER, 1);
    }
}
