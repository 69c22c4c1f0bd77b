package dev.weir.stream;

/**
 * What a defragmenter has met.
 *
 * @param datagrams put together from fragments
 * @param discarded fragments of datagrams that were given up: they overlapped, contradicted each other, had too many
 *     holes, or were cut off by the capture
 * @param expired datagrams that stayed incomplete for too long
 * @param evicted incomplete datagrams that made room for others
 * @param usedBytes memory in use now
 * @param memoryBytes memory in use now or kept for the next use
 */
public record FragmentCounts(
        long datagrams, long discarded, long expired, long evicted, long usedBytes, long memoryBytes) {}
