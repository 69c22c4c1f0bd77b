package dev.weir.afpacket;

import dev.weir.linux.IfPacket;
import dev.weir.linux.IfPacket.BlockDesc;
import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.linux.IfPacket.Tpacket3Hdr;
import dev.weir.packet.Bytes;
import dev.weir.spi.PacketSink;
import dev.weir.spi.Slot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TPACKET_V3 receive ring, read in place.
 *
 * <p><b>How it changes hands.</b> The kernel fills a block with packets, one behind the other, and hands it over when
 * the next packet does not fit or the retire timeout has passed since it was opened with packets in it. It writes the
 * packets and the block's header first and {@code block_status} last (prb_flush_block in af_packet.c); our load-acquire
 * of {@code block_status} therefore sees all of them. Giving back is a store-release of {@code TP_STATUS_KERNEL}: it
 * orders all our reads, and the tags we wrote into the bytes, before whatever the kernel writes there next.
 *
 * <p><b>When a block is free.</b> When each of its packets has been given back. A count for each block starts at the
 * number of its packets when it is opened and falls with every packet given back or passed over; the one that brings it
 * to zero hands the block to the kernel. Blocks may become free in any order, but the kernel takes them in the order
 * of the ring and loses packets while it waits for the one whose turn it is: one packet held long costs the whole ring.
 *
 * <p><b>What a block says is checked</b> against the block's bounds before it is used, and every step goes forward by
 * at least a header, so no content can make the walk leave the block or go on for ever. What cannot be followed is
 * passed over and counted.
 *
 * <p>The unit of a slot is the number of its block.
 */
final class BlockRing extends Ring {
    private static final Logger LOG = LoggerFactory.getLogger(BlockRing.class);
    private static final VarHandle STATUS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /** The least that a packet takes. */
    static final int HEADER_BYTES = HeaderLayout.V3.lengthBytes;

    /** Where the eight bytes are whose third is the type of the packet. */
    private static final int PACKET_TYPE_WORD = Tpacket3Hdr.SOCKADDR_LL + SockaddrLl.HATYPE;

    /** The ring again, for reading headers. */
    private final Bytes bytes = new Bytes();

    private final int blockSizeBytes;
    private final int blocks;

    /** Packets of each block that keep it from the kernel. */
    private final int[] outstanding;

    /** The block that the kernel hands over next. */
    private int next;

    private int block;
    private int blockEnd;
    private int header;

    /** Packets of {@link #block} not looked at yet; the first stands at {@link #header}. */
    private int left;

    private boolean reported;

    BlockRing(ByteBuffer memory, int blockSizeBytes, int blocks, Intake intake) {
        super(memory, HeaderLayout.V3, intake);
        if (memory.order() != ByteOrder.nativeOrder() || memory.capacity() < (long) blockSizeBytes * blocks) {
            throw new IllegalArgumentException("the memory is not a ring of " + blocks + " × " + blockSizeBytes);
        }
        this.blockSizeBytes = blockSizeBytes;
        this.blocks = blocks;
        bytes.wrap(memory.duplicate().clear(), 0, memory.capacity());
        this.outstanding = new int[blocks];
    }

    @Override
    int dispatch(PacketSink sink, int limit) {
        int handed = 0;
        Slot slot = null;
        try {
            // Ends: each turn takes a packet or opens a block, and one with nothing in it goes to the kernel.
            while (handed < limit && (left > 0 || openNext())) {
                if (left == 0) {
                    continue;
                }
                if (slot == null) {
                    slot = pool.take();
                }
                int from = block;
                PacketSink.Answer answer = PacketSink.Answer.DONE;
                try {
                    if (read(slot)) {
                        handed++;
                        answer = sink.take(slot);
                    }
                } finally {
                    if (answer == PacketSink.Answer.DONE) {
                        giveBack(from, 1);
                    } else {
                        slot = null;
                    }
                }
                if (answer == PacketSink.Answer.LOST) {
                    break;
                }
            }
        } finally {
            if (slot != null) {
                pool.give(slot);
            }
        }
        return handed;
    }

    /** Puts the packet whose turn it is into a slot, and goes on to the next; false when it is not wanted, or cannot be read. */
    private boolean read(Slot slot) {
        int at = header;
        int room = blockEnd - at;
        if (room < HEADER_BYTES) {
            return abandon("a header beyond its end");
        }
        long nextAndSeconds = words(at, Tpacket3Hdr.NEXT_OFFSET);
        long nanosecondsAndCaptured = words(at, Tpacket3Hdr.NSEC);
        long lengthAndStatus = words(at, Tpacket3Hdr.LEN);
        int start = Words.firstShort(words(at, Tpacket3Hdr.MAC));
        int captured = Words.secondInt(nanosecondsAndCaptured);
        if (start < HEADER_BYTES || captured < 0 || captured > room - start) {
            return abandon("a packet beyond its end");
        }
        left--;
        if (left > 0) {
            int step = Words.firstInt(nextAndSeconds);
            if (step < HEADER_BYTES || step > room) {
                abandonRest("a next packet that is not behind the one before");
            }
            header = at + step;
        }
        int status = Words.secondInt(lengthAndStatus);
        if (!isPlain(status)) {
            return deliver(slot, memory, at, at + start, captured, block);
        }
        fill(
                slot,
                memory,
                at + start,
                captured,
                Words.firstInt(lengthAndStatus),
                Words.secondInt(nextAndSeconds),
                Words.firstInt(nanosecondsAndCaptured),
                status,
                Words.thirdByte(words(at, PACKET_TYPE_WORD)),
                interfaceIndex,
                block);
        return true;
    }

    /** Eight bytes in native order: an access costs as much as one of four. */
    private long words(int header, int offset) {
        long bigEndian = bytes.i64(header + offset);
        return Words.LITTLE_ENDIAN ? Long.reverseBytes(bigEndian) : bigEndian;
    }

    @Override
    boolean isReady() {
        return left > 0 || isHandedOver(next);
    }

    /** A block that we still hold says so too when the ring has come round to it: the count tells the two apart. */
    private boolean isHandedOver(int candidate) {
        int status = (int) STATUS.getAcquire(memory, candidate * blockSizeBytes + BlockDesc.BLOCK_STATUS);
        return (status & IfPacket.TP_STATUS_USER) != 0 && outstanding[candidate] == 0;
    }

    private boolean openNext() {
        if (!isHandedOver(next)) {
            return false;
        }
        int start = next * blockSizeBytes;
        block = next;
        next = next + 1 == blocks ? 0 : next + 1;
        blockEnd = start + blockSizeBytes;
        int packets = memory.getInt(start + BlockDesc.NUM_PKTS);
        int first = memory.getInt(start + BlockDesc.OFFSET_TO_FIRST_PKT);
        if (packets <= 0
                || packets > blockSizeBytes / HEADER_BYTES
                || first < BlockDesc.BYTES
                || first > blockSizeBytes) {
            left = 0;
            if (packets != 0) {
                report("its header says " + packets + " packets from byte " + first + " on");
            }
            handBack(block);
            return true;
        }
        header = start + first;
        left = packets;
        outstanding[block] = packets;
        taken += packets;
        opened++;
        return true;
    }

    @Override
    boolean isNewestHeld() {
        return outstanding[next == 0 ? blocks - 1 : next - 1] > 0;
    }

    @Override
    void giveBack(int number, int packets) {
        outstanding[number] -= packets;
        if (outstanding[number] == 0 && packets > 0) { // given back before, it may be the kernel's by now
            handBack(number);
        }
    }

    private void handBack(int number) {
        STATUS.setRelease(memory, number * blockSizeBytes + BlockDesc.BLOCK_STATUS, IfPacket.TP_STATUS_KERNEL);
    }

    /** Gives up the packet whose turn it is, which the caller gives back, and all behind it in its block. */
    private boolean abandon(String why) {
        malformed++;
        left--;
        abandonRest(why);
        return false;
    }

    /** Gives up what is left of a block. */
    private void abandonRest(String why) {
        malformed += left;
        outstanding[block] -= left;
        left = 0;
        report(why);
    }

    private void report(String why) {
        if (!reported) {
            reported = true;
            LOG.error(
                    "block {} of the receive ring is not as TPACKET_V3 lays it out ({}): packets are being missed",
                    block,
                    why);
        }
    }

    @Override
    int unitBytes() {
        return blockSizeBytes;
    }

    @Override
    boolean isHeld(int number) {
        return outstanding[number] > 0;
    }

    @Override
    int lent() {
        int sum = -left;
        for (int count : outstanding) {
            sum += count;
        }
        return sum;
    }
}
