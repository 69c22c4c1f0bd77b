package dev.weir.nfqueue;

import dev.weir.linux.MessageBatch;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A raw socket and the answers that wait to be sent by it with one call. For one thread. */
final class RejectSocket implements AutoCloseable {
    private static final int BATCH = 64;

    private final Socket socket;
    private final NativeBuffer addresses;
    private final int addressBytes;
    private final MessageBatch batch;
    private int waiting;

    /**
     * @param mark set on what is sent, 0 for none
     * @param addressBytes of a sockaddr
     * @param messageBytes at most in an answer
     */
    RejectSocket(String what, int family, int protocol, int mark, int addressBytes, int messageBytes) {
        this.addressBytes = addressBytes;
        addresses = NativeBuffer.allocate(BATCH * addressBytes);
        batch = MessageBatch.withBuffers(BATCH, messageBytes);
        for (int i = 0; i < BATCH; i++) {
            addresses.bytes().putShort(i * addressBytes, (short) family); // sin_family, sin6_family
            batch.destination(i, addresses.address() + (long) i * addressBytes, addressBytes);
            batch.buffer(i).order(ByteOrder.BIG_ENDIAN);
        }
        socket = Socket.open(what, family, Sock.SOCK_RAW, protocol);
        try {
            if (mark != 0) {
                socket.setOption("SO_MARK", Sock.SOL_SOCKET, Sock.SO_MARK, mark);
            }
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    Socket socket() {
        return socket;
    }

    /** Room for the next answer, big-endian. */
    ByteBuffer next() {
        if (waiting == BATCH) {
            flush();
        }
        return batch.buffer(waiting);
    }

    /** The address of the next answer, in the machine's order; its family is written. It begins at {@link #at}. */
    ByteBuffer address() {
        return addresses.bytes();
    }

    int at(int field) {
        return waiting * addressBytes + field;
    }

    /** The next answer and its address are written. */
    void add(int lengthBytes) {
        batch.length(waiting, lengthBytes);
        waiting++;
    }

    /** Sends what waits; what the kernel refuses (no route back, no buffer) is passed over. */
    void flush() {
        int sent = 0;
        // Each turn takes at least one, sent or refused.
        while (sent < waiting) {
            sent += Math.max(1, batch.send(socket, sent, waiting - sent));
        }
        waiting = 0;
    }

    @Override
    public void close() {
        socket.close();
    }
}
