package dev.weir.afpacket;

import dev.weir.linux.IfArp;
import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.BlockDesc;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.linux.IfPacket.Tpacket3Hdr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Lays packets out in memory as the kernel would, so that a ring can be walked without one. */
final class SyntheticBlocks {
    /** Where the kernel puts an Ethernet frame behind its header when four bytes are reserved. */
    static final int MAC = 86;

    static final int SECONDS = 1_700_000_000;
    static final int NANOS = 123_456_789;

    private static final int FIRST = BlockDesc.BYTES;

    final ByteBuffer memory;
    private final int blockSizeBytes;
    private final int[] next;
    private final int[] last;
    private final int[] count;

    SyntheticBlocks(int blockSizeBytes, int blocks) {
        this.blockSizeBytes = blockSizeBytes;
        memory = ByteBuffer.allocateDirect(blockSizeBytes * blocks).order(ByteOrder.nativeOrder());
        next = new int[blocks];
        last = new int[blocks];
        count = new int[blocks];
        Arrays.fill(next, FIRST);
    }

    /** Offset of a block. */
    int block(int block) {
        return block * blockSizeBytes;
    }

    /** Appends an Ethernet frame to a block that is not handed over yet; returns the offset of its header. */
    int add(int block, byte[] frame, int wire, int status) {
        return add(block, frame, wire, status, IfPacket.PACKET_HOST, MAC);
    }

    int add(int block, byte[] frame, int wire, int status, int packetType, int start) {
        int at = block(block) + next[block];
        memory.putInt(at + Tpacket3Hdr.SEC, SECONDS);
        memory.putInt(at + Tpacket3Hdr.NSEC, NANOS);
        memory.putInt(at + Tpacket3Hdr.SNAPLEN, frame.length);
        memory.putInt(at + Tpacket3Hdr.LEN, wire);
        memory.putInt(at + Tpacket3Hdr.STATUS, status);
        memory.putShort(at + Tpacket3Hdr.MAC, (short) start);
        memory.put(at + start, frame);
        int address = at + Tpacket3Hdr.SOCKADDR_LL;
        memory.putShort(address + SockaddrLl.FAMILY, (short) 17);
        memory.put(address + SockaddrLl.PROTOCOL, (byte) 0x08).put(address + SockaddrLl.PROTOCOL + 1, (byte) 0x00);
        memory.putInt(address + SockaddrLl.IFINDEX, 7);
        memory.putShort(address + SockaddrLl.HATYPE, (short) IfArp.ARPHRD_ETHER);
        memory.put(address + SockaddrLl.PKTTYPE, (byte) packetType);
        memory.put(address + SockaddrLl.HALEN, (byte) 6);
        memory.put(address + SockaddrLl.ADDR, new byte[] {2, 0, 0, 0, 0, 9, 0, 0});
        int length = start + frame.length + 7 & ~7;
        memory.putInt(at + Tpacket3Hdr.NEXT_OFFSET, 0);
        if (count[block] > 0) {
            memory.putInt(last[block] + Tpacket3Hdr.NEXT_OFFSET, at - last[block]);
        }
        last[block] = at;
        next[block] += length;
        count[block]++;
        return at;
    }

    /** What the kernel does last. */
    void handOver(int block) {
        int at = block(block);
        memory.putInt(at + BlockDesc.NUM_PKTS, count[block]);
        memory.putInt(at + BlockDesc.OFFSET_TO_FIRST_PKT, FIRST);
        memory.putInt(at + BlockDesc.BLOCK_STATUS, IfPacket.TP_STATUS_USER);
        next[block] = FIRST;
        count[block] = 0;
    }

    boolean isGivenBack(int block) {
        return memory.getInt(block(block) + BlockDesc.BLOCK_STATUS) == IfPacket.TP_STATUS_KERNEL;
    }
}
