package dev.weir.afpacket;

import java.nio.ByteBuffer;

/** A filter for packets that the kernel could not judge: on what it had taken out of them and is back in its place. */
@FunctionalInterface
interface Recheck {
    /** @param captured bytes from {@code offset} on */
    boolean accepts(ByteBuffer memory, int offset, int captured, int wire);
}
