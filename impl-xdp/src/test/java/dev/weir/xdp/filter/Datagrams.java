package dev.weir.xdp.filter;

import dev.weir.testkit.lab.LabHost;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.function.BooleanSupplier;

/** UDP between two hosts of a lab. */
final class Datagrams {
    private static final int PATIENCE_MS = 10_000;
    private static final int AGAIN_MS = 20;

    private Datagrams() {}

    static DatagramSocket open(LabHost host, String address, int port) {
        return host.call(() -> {
            DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), port));
            socket.setSoTimeout(PATIENCE_MS);
            return socket;
        });
    }

    static void send(DatagramSocket from, String address, int port, int number) {
        try {
            from.send(new DatagramPacket(new byte[] {(byte) number}, 1, InetAddress.getByName(address), port));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The number in the next datagram; -1 when none comes. */
    static int receive(DatagramSocket at) {
        DatagramPacket packet = new DatagramPacket(new byte[16], 16);
        try {
            at.receive(packet);
            return packet.getData()[0];
        } catch (SocketTimeoutException e) {
            return -1;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Does something again and again until the condition holds. */
    static void until(String what, BooleanSupplier condition, Runnable again) {
        long endNs = System.nanoTime() + PATIENCE_MS * 1_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNs > 0) {
                throw new AssertionError("did not come to pass: " + what);
            }
            again.run();
            try {
                Thread.sleep(AGAIN_MS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
