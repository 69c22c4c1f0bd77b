package dev.weir.nfqueue;

import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Socket;
import java.lang.ref.Reference;

/** The queue's socket. The kernel works messages off during the call: that is where most of the time for a verdict goes. */
final class VerdictSocket implements VerdictOutlet {
    private static final int TRIES = 1_000;

    private final Socket socket;

    VerdictSocket(Socket socket) {
        this.socket = socket;
    }

    @Override
    public void send(NativeBuffer messages, int lengthBytes) {
        long sent = -Errno.EAGAIN;
        // It only says "later" when it is out of memory for them.
        for (int tries = 0; tries < TRIES && isLater(sent); tries++) {
            sent = socket.send(messages.address(), lengthBytes, 0);
            if (isLater(sent)) {
                Thread.onSpinWait();
            }
        }
        Reference.reachabilityFence(messages);
        if (sent < 0) {
            throw new LinuxException("send(verdicts)", (int) -sent);
        }
    }

    private static boolean isLater(long sent) {
        return sent == -Errno.EAGAIN || sent == -Errno.ENOBUFS || sent == -Errno.EINTR;
    }
}
