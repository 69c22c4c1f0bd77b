package dev.weir.nfqueue;

import dev.weir.linux.Errno;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.MessageBatch;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import dev.weir.testkit.lab.LabHost;
import java.util.List;

/** Sends Ethernet frames out of an interface of a host, by a raw socket. */
final class FrameSender implements AutoCloseable {
    private static final int BATCH = 32;

    private final Socket socket;
    private final MessageBatch batch = MessageBatch.withBuffers(BATCH, 2048);

    FrameSender(LabHost host, String interfaceName) {
        socket = host.call(() -> {
            Socket opened = Socket.open("AF_PACKET", Sock.AF_PACKET, Sock.SOCK_RAW, 0);
            NativeBuffer address = NativeBuffer.allocate(SockaddrLl.BYTES);
            address.bytes().putShort(SockaddrLl.FAMILY, (short) Sock.AF_PACKET);
            address.bytes()
                    .putInt(
                            SockaddrLl.IFINDEX,
                            Interfaces.require(interfaceName).index());
            opened.bind("AF_PACKET", address);
            opened.setSendBuffer(8 << 20);
            return opened;
        });
    }

    /** Sends frames, their first six bytes replaced by the address they go to; all have gone when it returns. */
    void send(byte[] destination, List<byte[]> frames) {
        for (int from = 0; from < frames.size(); from += BATCH) {
            int count = Math.min(BATCH, frames.size() - from);
            for (int i = 0; i < count; i++) {
                byte[] frame = frames.get(from + i);
                batch.buffer(i).put(0, frame);
                batch.buffer(i).put(0, destination);
                batch.length(i, frame.length);
            }
            sendBatch(count);
        }
    }

    private void sendBatch(int count) {
        int sent = 0;
        while (sent < count) {
            int more = batch.send(socket, sent, count - sent);
            if (more < 0 && !Errno.isRetry(more) && more != -Errno.ENOBUFS) {
                throw new LinuxException("sendmmsg(AF_PACKET)", -more);
            }
            sent += Math.max(0, more);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
