/**
 * The backend {@code nfqueue:0-3}: packets that an {@code iptables -j NFQUEUE} rule queues, each with its verdict.
 *
 * <p>One netlink socket a queue, as only the socket that bound a queue may decide over its packets. Several packets come
 * with one {@code recvmmsg}, each a datagram of its own; verdicts are collected, up to a hundred for one {@code send}, in
 * whatever order they come. Messages are those of {@code linux/netfilter/nfnetlink_queue.h}, read in place.
 *
 * <p><b>Memory.</b> A small packet is copied out of its receive buffer at once, a larger one keeps the buffer until it is
 * released, as long as there are spare ones, else it is copied too. So what is held never keeps reception waiting.
 *
 * <p><b>What the kernel does without us.</b> Ids are given in order, so a gap is packets that were lost, or passed
 * (fail-open), because our socket was full; {@code /proc/net/netfilter/nfnetlink_queue} counts those refused because the
 * queue was full.
 */
package dev.weir.nfqueue;
