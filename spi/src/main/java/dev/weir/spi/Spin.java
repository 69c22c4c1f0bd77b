package dev.weir.spi;

/**
 * How the owner of a queue looks for packets again and again before it sleeps. It does so as long as that has paid of late.
 *
 * @param longestNs at most so long; 0: never
 * @param spareTimeOnly true where those who bring the next packet, or wait for this one's verdict, may need the processor:
 *     then only while no other thread has to wait for it; nor does the owner take it from them when it wakes up
 */
public record Spin(long longestNs, boolean spareTimeOnly) {
    /** About what a sleep and its wake-up cost both sides. */
    public static final Spin STANDARD = new Spin(50_000, false);
}
