/**
 * The backend {@code afpacket}: copies of what an interface receives and sends, through a packet socket whose ring is
 * shared with the kernel. The sources are {@code linux/if_packet.h}, {@code networking/packet_mmap.rst} and
 * {@code net/packet/af_packet.c} of the Linux tree.
 *
 * <p>{@code BlockRing} reads a TPACKET_V3 ring (many packets a wake-up), {@code FrameRing} a TPACKET_V2 ring (each packet
 * at once); a {@code RingQueue} lends out what they find.
 */
package dev.weir.afpacket;
