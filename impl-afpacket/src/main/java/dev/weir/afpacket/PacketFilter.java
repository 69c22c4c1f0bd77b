package dev.weir.afpacket;

import java.nio.ByteBuffer;

/** Decides about a packet after what the kernel had taken out of it was put back. */
@FunctionalInterface
interface PacketFilter {
    /** @param captured bytes from {@code offset} on */
    boolean accepts(ByteBuffer memory, int offset, int captured, int wire);
}
