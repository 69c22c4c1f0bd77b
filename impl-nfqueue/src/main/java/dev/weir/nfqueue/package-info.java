/**
 * The backend {@code nfqueue:0-3}: packets that an {@code iptables -j NFQUEUE} rule queues, each with its verdict.
 *
 * <p>One netlink socket a queue, as only the socket that bound a queue may decide over its packets. Several packets come
 * with one {@code recvmmsg}, each a datagram of its own; verdicts are collected, up to a hundred messages for one
 * {@code send}, in whatever order they come; packets decided in their order and alike share a message. Messages are those
 * of {@code linux/netfilter/nfnetlink_queue.h}, read in place.
 *
 * <p><b>Sleep.</b> The owner of a queue sleeps inside the receive, so a packet that comes alone costs two system calls,
 * that receive and the send of its verdict. Another thread wakes it with a netlink message that does nothing and is
 * acknowledged. Sleeps of less than 50 ms, before a deadline for instance, take a poll and a receive.
 *
 * <p><b>Verdicts.</b> The kernel carries a verdict out, and takes the packet on its way, during the send, on the sender's
 * thread. So while more than a thousand small packets have piled up, and where there are two processors, a second thread
 * sends what the owner has decided, in its order, at most a millisecond behind it. It is started with the first such pile
 * and sleeps between them; {@code verdict-thread=false} leaves all to the owner.
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
 * When the process is killed, the kernel drops every packet that has no verdict yet, held ones and unread ones alike:
 * seen with 20,000 packets a second, 480 of a filter that accepts at once (those of 24 ms, until the process was gone), 880
 * of one that had 400 and more in its hands. After that the rule decides: what comes passes with {@code --queue-bypass},
 * else nothing does.
 *
 * <p><b>Changed packets.</b> Lengths and checksums are made right. Refused, dropped and counted as not supported: what is
 * longer than the MTU of the outgoing interface, unless it came unsegmented; what came unsegmented and shrank to less than
 * an MTU; and packets of which only a part was copied. A changed length is not told to TCP: sequence numbers stay.
 *
 * <p><b>Rejecting.</b> The packet is dropped and its sender told through raw sockets: TCP gets a reset (RFC 9293 section
 * 3.5.2), others "communication administratively prohibited" (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1). Not told,
 * only dropped: resets, ICMP errors, later fragments, what went to a broadcast or multicast address or came from none, and
 * what has a wrong checksum. Beyond {@code reject-rate} a packet is dropped and counted as not supported. Answers take
 * the way of everything that the host sends, through OUTPUT and POSTROUTING; they carry {@code reject-mark}, so that
 * rules can let them pass, and a queue passes them unjudged. Without CAP_NET_RAW packets are not rejected, but dropped.
 *
 * <p><b>Decisions kept in the kernel.</b> With {@code accept-mark} and {@code drop-mark}, a verdict for a flow also sets
 * a mark on its packet, by which rules write the decision to the conntrack mark; the rest of the flow then never comes to
 * the queue. An accepted packet goes on and meets a rule of a later hook; a dropped one goes to the first rule of its hook
 * again (NF_REPEAT). For forwarded traffic, A and D being the marks and M their sum:
 *
 * <pre>
 * iptables -A FORWARD -m connmark --mark A/M -j ACCEPT
 * iptables -A FORWARD -m connmark --mark D/M -j DROP
 * iptables -A FORWARD -m mark --mark D/M -j CONNMARK --save-mark --nfmask M --ctmask M
 * iptables -A FORWARD -m mark --mark D/M -j DROP
 * iptables -A FORWARD -j NFQUEUE --queue-num 0
 * iptables -t mangle -A POSTROUTING -m mark --mark A/M -j CONNMARK --save-mark --nfmask M --ctmask M
 * </pre>
 *
 * <p>The kernel enters a connection in its table with the first packet that passes; so where that very packet is dropped,
 * nothing can keep the mark, and what its sender tries next is queued. Rejected flows stay with the queue, as each of
 * their packets is answered. What is decided this way holds as long as the kernel's entry does, whatever rules say later.
 *
 * <p><b>Order.</b> Verdicts are carried out in the order in which they are given. Both directions of a connection come by
 * one queue of {@code --queue-balance}, but not with {@code --queue-cpu-fanout}: then use workers.
 */
package dev.weir.nfqueue;
