package dev.weir.stream;

/**
 * What a {@link StreamClassifier} has met, over all its threads. Numbers of segments unless they say otherwise.
 *
 * @param streams directions of flows of which bytes were shown
 * @param outOfOrder came before a segment that precedes them
 * @param retransmitted brought nothing that was not there already
 * @param conflicts brought bytes again with another content, as far as the first ones were still kept
 * @param refused could not be kept: beyond the bytes of a direction, or more than 32 holes
 * @param outside had a sequence number, SYN, FIN or RST that cannot be of this connection as it stands
 * @param badChecksums had a wrong checksum, where that is looked at
 * @param gaps streams that ended, or went on behind a hole, because a segment did not come in time
 * @param limits streams that ended because {@link StreamOptions#bytesPerDirection()} were collected
 * @param evictions streams whose bytes were given up because the memory was needed
 * @param stalls flows whose held packets were let go because their sender began to send again
 * @param usedBytes memory in use now
 * @param memoryBytes memory in use now or kept for the next use
 * @param fragments what was met of fragments, and the memory for those
 */
public record StreamCounts(
        long streams,
        long outOfOrder,
        long retransmitted,
        long conflicts,
        long refused,
        long outside,
        long badChecksums,
        long gaps,
        long limits,
        long evictions,
        long stalls,
        long usedBytes,
        long memoryBytes,
        FragmentCounts fragments) {}
