package dev.weir.linux;

import dev.weir.linux.Sock.Iovec;
import dev.weir.linux.Sock.MmsgHdr;
import dev.weir.linux.Sock.MsgHdr;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Several datagrams in one system call: the arrays of recvmmsg(2) and sendmmsg(2), built once in native memory. Nothing
 * is allocated per call. For one thread.
 *
 * <p>A batch either owns a buffer for each message ({@link #withBuffers}) or points where {@link #point} says, into a
 * ring or a umem for instance.
 */
public final class MessageBatch {
    private final int capacity;
    private final NativeBuffer headers;
    private final ByteBuffer headerBytes;
    private final NativeBuffer vectors;
    private final ByteBuffer vectorBytes;
    private final NativeBuffer room;
    private final ByteBuffer[] buffers;
    private final int bufferBytes;

    private MessageBatch(int capacity, int bufferBytes) {
        this.capacity = capacity;
        this.bufferBytes = bufferBytes;
        headers = NativeBuffer.allocate(Math.multiplyExact(capacity, MmsgHdr.BYTES));
        headerBytes = headers.bytes();
        vectors = NativeBuffer.allocate(Math.multiplyExact(capacity, Iovec.BYTES));
        vectorBytes = vectors.bytes();
        room = NativeBuffer.allocate(Math.multiplyExact(capacity, bufferBytes), 64);
        buffers = new ByteBuffer[bufferBytes == 0 ? 0 : capacity];
        for (int i = 0; i < capacity; i++) {
            int header = i * MmsgHdr.BYTES + MmsgHdr.MSG_HDR;
            headerBytes.putLong(header + MsgHdr.IOV, vectors.address() + (long) i * Iovec.BYTES);
            headerBytes.putLong(header + MsgHdr.IOVLEN, 1);
            if (bufferBytes > 0) {
                buffers[i] = room.bytes()
                        .slice(i * bufferBytes, bufferBytes)
                        .order(room.bytes().order());
                point(i, room.address() + (long) i * bufferBytes, bufferBytes);
            }
        }
    }

    /** Messages with a buffer each, in one piece of native memory. */
    public static MessageBatch withBuffers(int capacity, int bufferBytes) {
        if (bufferBytes <= 0) {
            throw new IllegalArgumentException("a buffer has at least one byte, not " + bufferBytes);
        }
        return new MessageBatch(capacity, bufferBytes);
    }

    /** Messages that point nowhere yet. */
    public static MessageBatch pointing(int capacity) {
        return new MessageBatch(capacity, 0);
    }

    public int capacity() {
        return capacity;
    }

    /** Where a message's bytes are, and how many. The memory stays valid while the batch is in use. */
    public void point(int index, long address, int lengthBytes) {
        vectorBytes.putLong(index * Iovec.BYTES + Iovec.BASE, address);
        vectorBytes.putLong(index * Iovec.BYTES + Iovec.LEN, lengthBytes);
    }

    /** Where a message is sent to: a sockaddr that stays valid and unmoved while the batch is in use. */
    public void destination(int index, long address, int lengthBytes) {
        int header = index * MmsgHdr.BYTES + MmsgHdr.MSG_HDR;
        headerBytes.putLong(header + MsgHdr.NAME, address);
        headerBytes.putInt(header + MsgHdr.NAMELEN, lengthBytes);
    }

    /** How many bytes of the message's own buffer to send. */
    public void length(int index, int lengthBytes) {
        vectorBytes.putLong(index * Iovec.BYTES + Iovec.LEN, lengthBytes);
    }

    /** The message's own buffer, in native order and always the same; its position and limit are the caller's. */
    public ByteBuffer buffer(int index) {
        return buffers[index];
    }

    /** Bytes that the last receive put into the message, or the last send took from it. */
    public int movedBytes(int index) {
        return headerBytes.getInt(index * MmsgHdr.BYTES + MmsgHdr.MSG_LEN);
    }

    /** The datagram was longer than the buffer, and its end is lost. */
    public boolean isTruncated(int index) {
        return (headerBytes.getInt(index * MmsgHdr.BYTES + MmsgHdr.MSG_HDR + MsgHdr.FLAGS) & Sock.MSG_TRUNC) != 0;
    }

    /**
     * Receives what is there, up to {@link #capacity()} datagrams: their number, or minus the errno. An error after the
     * first datagram is reported by the next call.
     */
    public int receive(Socket socket) {
        return receive(socket, capacity);
    }

    /** As {@link #receive(Socket)}, at most so many. */
    public int receive(Socket socket, int limit) {
        return receive(socket, limit, Sock.MSG_DONTWAIT);
    }

    /**
     * Sleeps until a datagram comes, and takes with it what else is there: how many, at most {@code limit}, or minus the
     * errno; EAGAIN when the socket's time was over. Fewer than {@code limit} say that the socket was empty then.
     *
     * @param socket one that may block, see {@link Socket#letBlock}
     */
    public int await(Socket socket, int limit) {
        return receive(socket, limit, Sock.MSG_WAITFORONE);
    }

    private int receive(Socket socket, int limit, int flags) {
        for (int i = 0; i < buffers.length; i++) {
            length(i, bufferBytes);
        }
        int received = socket.receiveMessages(headers.address(), Math.min(limit, capacity), flags);
        Reference.reachabilityFence(this);
        return received;
    }

    /**
     * Sends the messages from first on, in order: how many were taken, or minus the errno of the first one. When fewer
     * than count were taken, call again with the rest, and the cause shows.
     */
    public int send(Socket socket, int first, int count) {
        int sent = socket.sendMessages(headers.address() + (long) first * MmsgHdr.BYTES, count, Sock.MSG_DONTWAIT);
        Reference.reachabilityFence(this);
        return sent;
    }
}
