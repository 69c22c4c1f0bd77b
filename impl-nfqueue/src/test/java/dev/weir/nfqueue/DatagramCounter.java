package dev.weir.nfqueue;

import dev.weir.testkit.contract.NumberedFrames;
import dev.weir.testkit.lab.LabHost;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** Takes the numbered datagrams that reach a host, in a thread of its own. */
final class DatagramCounter implements AutoCloseable {
    private final DatagramSocket socket;
    private final Thread thread;
    private final BitSet seen = new BitSet();
    private int doubled;

    /** By the port of the flow's sender: its highest number so far. */
    private final Map<Integer, Integer> latest = new HashMap<>();

    private int overtaken;

    DatagramCounter(LabHost host) {
        socket = host.call(() -> {
            DatagramSocket opened = new DatagramSocket(NumberedFrames.PORT);
            opened.setReceiveBufferSize(16 << 20);
            return opened;
        });
        thread = new Thread(this::receive, "datagram counter");
        thread.setDaemon(true);
        thread.start();
    }

    private void receive() {
        DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
        try {
            while (true) {
                socket.receive(packet);
                int number = ByteBuffer.wrap(packet.getData()).getInt(4);
                synchronized (seen) {
                    doubled += seen.get(number) ? 1 : 0;
                    seen.set(number);
                    int highest = latest.merge(packet.getPort(), number, Math::max);
                    overtaken += highest > number ? 1 : 0;
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    /** The numbers seen, when no more have come for a fifth of a second. */
    BitSet settled() throws InterruptedException {
        int before = -1;
        while (before != count()) {
            before = count();
            Thread.sleep(200);
        }
        synchronized (seen) {
            if (doubled > 0) {
                throw new AssertionError(doubled + " datagrams came twice");
            }
            return (BitSet) seen.clone();
        }
    }

    /** How many came after a later one of their flow. */
    int overtaken() {
        synchronized (seen) {
            return overtaken;
        }
    }

    int count() {
        synchronized (seen) {
            return seen.cardinality();
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
