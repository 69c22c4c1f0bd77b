package dev.weir.bench;

import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PacketListener;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.UdpPacket;

/** pcap4j as its README shows it: {@code loop} with a listener that is given a packet. */
final class Pcap4jReceiver extends CountingReceiver implements PacketListener {
    private final PcapHandle handle;

    private Pcap4jReceiver(PcapHandle handle) {
        this.handle = handle;
    }

    /** Arguments: interface, kernel buffer in bytes, time-out in milliseconds. */
    public static void main(String[] arguments) throws PcapNativeException, NotOpenException, InterruptedException {
        PcapHandle handle = new PcapHandle.Builder(arguments[0])
                .snaplen(65535)
                .promiscuousMode(PromiscuousMode.NONPROMISCUOUS)
                .bufferSize(Integer.parseInt(arguments[1]))
                .timeoutMillis(Integer.parseInt(arguments[2]))
                .build();
        Pcap4jReceiver receiver = new Pcap4jReceiver(handle);
        ReceiverControl.start(receiver);
        handle.loop(-1, receiver);
    }

    @Override
    public void gotPacket(Packet packet) {
        UdpPacket udp = packet.get(UdpPacket.class);
        boolean counts = udp != null && udp.getHeader().getDstPort().valueAsInt() == FloodDatagram.DISCARD_PORT;
        count(1, packet.length(), counts ? 1 : 0);
    }

    @Override
    public long kernelDrops() {
        try {
            return handle.getStats().getNumPacketsDropped();
        } catch (PcapNativeException | NotOpenException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
