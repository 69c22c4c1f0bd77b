/**
 * The backend {@code nfqueue:0-3}: packets that an {@code iptables -j NFQUEUE} rule queues, each with its verdict.
 *
 * <p>One netlink socket a queue, as only the socket that bound a queue may decide over its packets. Several packets come
 * with one {@code recvmmsg}, each a datagram of its own; verdicts are collected, up to a hundred messages for one
 * {@code send}, in whatever order they come; packets decided in their order and alike share a message. Messages are those
 * of {@code linux/netfilter/nfnetlink_queue.h}, read in place.
 *
 * <p><b>Memory.</b> A small packet is copied out of its receive buffer at once, a larger one keeps the buffer until it is
 * released, as long as there are spare ones, else it is copied too. So what is held never keeps reception waiting.
 *
 * <p><b>What the kernel does without us.</b> Ids are given in order, so a gap is packets that were lost, or passed
 * (fail-open), because our socket was full; {@code /proc/net/netfilter/nfnetlink_queue} counts those refused because the
 * queue was full. It counts nothing when it fails open because the queue is full, so with fail-open the queue is made
 * longer than what the socket holds. Not seen at all: what passes or is dropped between the stop and the unbinding while
 * failing open, without memory for a message, or before a listener is there ({@code --queue-bypass}). Packets that the
 * kernel flushed (interface down, rules removed) are counted when their verdict comes late; of a message that decides
 * several, only when none of them was there any more.
 *
 * <p><b>Ending.</b> A stop has the kernel queue nothing more, takes what is queued, and unbinds when all is decided. What
 * comes meanwhile passes with fail-open, else it is dropped and counted as for a full queue; after the unbinding the rule
 * decides ({@code --queue-bypass}: it passes). So a stop without loss wants both, or traffic that was led away before.
 * When the process is killed, the kernel drops every packet that has no verdict yet, held ones and unread ones alike.
 *
 * <p><b>Changed packets.</b> Lengths and checksums are made right. Refused, dropped and counted as not supported: what is
 * longer than the MTU of the outgoing interface, unless it came unsegmented; what came unsegmented and shrank to less than
 * an MTU; and packets of which only a part was copied. A changed length is not told to TCP: sequence numbers stay.
 *
 * <p><b>Order.</b> Verdicts are carried out in the order in which they are given. Both directions of a connection come by
 * one queue of {@code --queue-balance}, but not with {@code --queue-cpu-fanout}: then use workers.
 */
package dev.weir.nfqueue;
