package dev.weir.bench;

import dev.weir.Transmitter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends 64-byte UDP frames as fast as it goes while a measured window is open, as the senders in C do. A frame is
 * counted when it was sent.
 */
final class WeirSender extends CountingReceiver {
    private static final int FRAME_BYTES = 64;
    private static final int BATCH = 64;
    private static final int SOURCE_PORT_OFFSET = 34;
    private static final int SEQUENCE_OFFSET = 42;
    private static final int FIRST_SOURCE_PORT = 10_000;

    /** Ethernet, IPv4 between the benchmark addresses of RFC 2544, UDP to the discard port. */
    private static final byte[] HEADERS = HexFormat.of()
            .parseHex("020000000002" + "020000000001" + "0800" + "450000320000400040110000" + "c6120001" + "c6120002"
                    + "0000" + "0009" + "001e" + "0000");

    private final Transmitter transmitter;
    private final int flows;
    private volatile boolean open;

    private WeirSender(Transmitter transmitter, int flows) {
        this.transmitter = transmitter;
        this.flows = flows;
    }

    /** Arguments: the name of the transmitter, the number of flows. */
    public static void main(String[] arguments) {
        try (Transmitter transmitter = Transmitter.open(arguments[0])) {
            WeirSender sender = new WeirSender(transmitter, Integer.parseInt(arguments[1]));
            ReceiverControl.start(sender);
            sender.send();
        }
    }

    private void send() {
        ByteBuffer frame = ByteBuffer.allocateDirect(FRAME_BYTES).put(0, HEADERS);
        long sequence = 0;
        long offered = 0;
        long done = 0;
        while (true) {
            while (!open) {
                LockSupport.parkNanos(50_000);
            }
            for (int i = 0; i < BATCH; i++) {
                frame.order(ByteOrder.BIG_ENDIAN)
                        .putShort(SOURCE_PORT_OFFSET, (short) (FIRST_SOURCE_PORT + sequence % flows));
                frame.order(ByteOrder.nativeOrder()).putLong(SEQUENCE_OFFSET, sequence);
                if (!transmitter.offer(frame)) {
                    break;
                }
                sequence++;
                offered++;
            }
            long sent = offered - transmitter.flush();
            count(sent - done, (sent - done) * FRAME_BYTES, sent - done);
            done = sent;
        }
    }

    @Override
    public long kernelDrops() {
        return 0;
    }

    @Override
    public void windowBegins() {
        open = true;
    }

    @Override
    public void windowEnds() {
        open = false;
    }
}
