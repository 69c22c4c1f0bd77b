package dev.weir.xdp;

import dev.weir.WeirException;
import dev.weir.linux.IfEther;
import dev.weir.linux.NetworkInterface;
import java.util.List;

/**
 * How many frames a queue has, and what follows from it.
 *
 * <p>Of the frames of a queue, as many as the RX rings have entries are never lent, so that reception goes on however
 * many packets are held; on a bridge as many again are on their way out. The rest may be lent.
 *
 * @param frames of each queue
 * @param mayBeLent of these
 * @param multiBuffer packets larger than a frame are expected
 * @param framesPerPacket that the largest packet takes
 * @param roomBytes of a packet in a frame
 */
record Layout(int frames, int mayBeLent, boolean multiBuffer, int framesPerPacket, int roomBytes) {
    private static final int LEAST_LENT = 64;

    /** What is not asked for takes no more memory than this, whatever the largest packet is. */
    private static final int MOST_LENT_BY_ITSELF = 1 << 16;

    /** Beyond the bound, a pipeline looks at this many packets to refuse them. */
    private static final int REFUSED_AT_ONCE = 64;

    static Layout of(Settings settings, List<NetworkInterface> links, int queues, int inFlightPackets) {
        int room = Port.roomBytes(settings.frameSizeBytes());
        int largest = links.stream().mapToInt(Layout::largestFrame).max().orElse(0);
        boolean multiBuffer = links.stream().anyMatch(link -> wantsMultiBuffer(settings, link));
        int framesPerPacket = multiBuffer ? Math.max(1, (largest + room - 1) / room) : 1;
        int kept = settings.ringSize() * links.size() * (settings.bridge() ? 2 : 1);
        int most = Integer.MAX_VALUE / settings.frameSizeBytes() / (settings.sharedUmem() ? queues : 1);
        int frames = settings.frames();
        if (frames == 0) {
            long wanted =
                    kept + Math.min(MOST_LENT_BY_ITSELF, ((long) inFlightPackets + REFUSED_AT_ONCE) * framesPerPacket);
            frames = (int) Math.min(wanted, most) & ~1; // whole pages
        }
        if (frames > most || frames < kept + LEAST_LENT * framesPerPacket) {
            throw new WeirException("xdp option frames: " + frames + " is not "
                    + (kept + LEAST_LENT * framesPerPacket) + " to " + most + ": with rings of " + settings.ringSize()
                    + " (ring=), " + kept + " frames of a queue are always with the kernel");
        }
        return new Layout(frames, frames - kept, multiBuffer, framesPerPacket, room);
    }

    /** Whether packets in several frames are asked for, or the interface's MTU asks for them. */
    static boolean wantsMultiBuffer(Settings settings, NetworkInterface link) {
        return settings.multiBuffer() == null
                ? largestFrame(link) > Port.roomBytes(settings.frameSizeBytes())
                : settings.multiBuffer();
    }

    private static int largestFrame(NetworkInterface link) {
        return link.mtuBytes() + IfEther.ETH_HLEN + Attachment.VLAN_TAG_BYTES;
    }

    /** Packets that may be lent at once, however large they are. */
    int maxPackets() {
        return mayBeLent / framesPerPacket;
    }

    /** Bytes that may be lent at once, however they are cut: a packet of one byte more than a frame takes two. */
    long maxBytes() {
        return framesPerPacket == 1 ? (long) mayBeLent * roomBytes : (long) mayBeLent * roomBytes / 2;
    }
}
