package dev.weir.nfqueue;

import dev.weir.linux.Interfaces;
import dev.weir.linux.NetworkInterface;
import dev.weir.linux.Socket;
import java.util.Arrays;

/** What interfaces can carry, asked of the kernel at most once a second each; in between nothing is allocated. */
final class Mtus {
    private static final int UNKNOWN = 65_535;
    private static final long VALID_NS = 1_000_000_000L;

    private final Socket socket;
    private int[] indexes = new int[4];
    private int[] bytes = new int[4];
    private long[] readNs = new long[4];
    private int count;

    /** @param socket says in which network namespace the interfaces are */
    Mtus(Socket socket) {
        this.socket = socket;
    }

    /** Bytes from the IP header on; 65,535 when there is no such interface. */
    int of(int interfaceIndex) {
        long nowNs = System.nanoTime();
        int at = 0;
        while (at < count && indexes[at] != interfaceIndex) {
            at++;
        }
        if (at < count && nowNs - readNs[at] < VALID_NS) {
            return bytes[at];
        }
        if (at == indexes.length) {
            indexes = Arrays.copyOf(indexes, at * 2);
            bytes = Arrays.copyOf(bytes, at * 2);
            readNs = Arrays.copyOf(readNs, at * 2);
        }
        count = Math.max(count, at + 1);
        indexes[at] = interfaceIndex;
        bytes[at] = Interfaces.find(socket, interfaceIndex)
                .map(NetworkInterface::mtuBytes)
                .orElse(UNKNOWN);
        readNs[at] = nowNs;
        return bytes[at];
    }
}
