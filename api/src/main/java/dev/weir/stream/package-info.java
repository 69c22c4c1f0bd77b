/**
 * Conversations as streams of bytes: TCP reassembly and IP defragmentation, for classifiers that read what is said and do
 * not want to know in which packets.
 *
 * <h2>How to use it</h2>
 *
 * <pre>{@code
 * StreamInspector greeting = (stream, packet, flow) -> {
 *     if (stream.direction() == Direction.REVERSE) {
 *         stream.enough();                                   // only the client's bytes are of interest
 *         return Verdict.CONTINUE;
 *     }
 *     if (stream.bytes().length() < 4 && stream.end() == StreamEnd.OPEN) {
 *         return Verdict.CONTINUE;                           // more, please
 *     }
 *     stream.enough();
 *     return isWelcome(stream.bytes()) ? Verdict.CONTINUE : Verdict.DROP_FLOW;
 * };
 * pipeline.classify(new StreamClassifier(greeting, StreamOptions.DEFAULT.withBytesPerDirection(2048)));
 * }</pre>
 *
 * <p>A classifier that wants whole datagrams and nothing else is put into a {@link dev.weir.stream.DatagramClassifier};
 * a loop over packets uses a {@link dev.weir.stream.Defragmenter}.
 *
 * <h2>How a stream is put together</h2>
 *
 * <p>Every byte has an offset, counted from the one behind the SYN; sequence numbers are offsets modulo 2³² (RFC 9293,
 * 3.4), so a wrap is nothing special. Bytes that come in order, while nothing is kept, are shown where they are in the
 * packet. Others are put into a buffer in which every byte has its place from the start; a list of at most 32 ranges says
 * which are there (RFC 815, seen from the other side). So what is there without a hole is one window at any time. A byte is
 * copied once when it comes and on average once more when its buffer grows.
 *
 * <ul>
 *   <li><b>Bytes that come twice:</b> the first ones stay. Where the second ones differ, the inspector is told
 *       ({@link dev.weir.stream.StreamInspector#conflict}) and may discard the packet; this is noticed as long as the first
 *       ones are kept. A host may read the second ones (Ptacek and Newsham, <i>Insertion, Evasion, and Denial of Service</i>,
 *       1998); an inline filter that must not be fooled discards them.
 *   <li><b>Missing segments</b> are waited for until the gap timeout has passed in the time of the packets, or as many bytes
 *       as a direction may keep had to be refused behind the hole, or 50 ms after the receiver has acknowledged what is
 *       missing: it will not come again. Then the inspector is told ({@link dev.weir.stream.StreamEnd#GAP}) and may go on
 *       behind it. This is looked at with every packet of the flow; nothing runs by itself.
 *   <li><b>SYN:</b> bytes in it count (RFC 7413). Of several SYNs with different numbers, the one that the other side answers
 *       counts. An answer to a SYN that was not seen counts when its addressee goes on accordingly, else it changes nothing, and
 *       neither does a SYN in an established connection. A segment that overtakes its SYN is read. To who has only sent
 *       a SYN, nothing but its answer is read: it takes nothing else (RFC 9293, 3.10.7.3).
 *   <li><b>FIN:</b> the first one that can be true ends its direction where it stands; nothing is read behind it.
 *   <li><b>RST:</b> see below.
 *   <li><b>Probes</b> (keep-alive, RFC 9293, 3.8.4) are no bytes. <b>Urgent data</b> stays where it is in the stream
 *       (RFC 6093); a program that reads it apart sees one byte less.
 *   <li><b>Connections that were not seen from their beginning</b> are read from the first segment on, if the options allow;
 *       {@link dev.weir.stream.StreamBytes#fromStart()} is false.
 *   <li><b>Checksums</b> are looked at when asked for ({@link dev.weir.stream.StreamOptions#verifyChecksums()}): where a
 *       network card computes them, they are wrong in the packets that the sender's host captures.
 * </ul>
 *
 * <h2>Resets</h2>
 *
 * <p>A host believes a RST when its number is the very next one that it expects; one elsewhere in its window makes it ask
 * back, and who sent it truly sends the right one then (RFC 5961, 3.2). But only the host knows whether a RST reached it:
 * one with a wrong checksum, a TTL that is too low, or an option that the host does not take (RFC 2385, RFC 5925, RFC 7323)
 * looks right to everybody in between. Whoever wants a reader to stop sends one, and goes on; either side can, as the
 * reader sees both. So a RST ends no stream here. What comes after it is read, and what ends a connection is the silence:
 * when its flow leaves the table and a RST was the last word of either side, its streams end with
 * {@link dev.weir.stream.StreamEnd#RESET}. Until then they keep their bytes, within the bounds of memory. Packets that are
 * held are let go with a RST, for nobody may be left to send what they wait for; the rest of the connection is read
 * as with PASS until nothing is kept. A RST with any other number than the receiver may expect is counted
 * ({@link dev.weir.stream.StreamCounts#outside()}) and changes nothing.
 *
 * <p>A FIN must be told when it comes, as what was said may be complete. One that the receiver never sees hides what its
 * sender says behind it; such segments are counted as well.
 *
 * <h2>Holding</h2>
 *
 * <p>With {@link dev.weir.stream.StreamMode#PASS} packets go on while bytes are collected, and the opinion decides the
 * packet that brought it about. That is enough to stop what must not arrive as a whole: without that packet the receiver
 * never reads further. With {@link dev.weir.stream.StreamMode#HOLD} packets wait as long as bytes are kept that the
 * inspector has not consumed; then not even the beginning arrives. Handshakes and acknowledgments do not begin to wait, nor
 * does a SYN with data, because nothing would follow. Once a packet waits, all that follow in the flow wait with it, both
 * ways: the engine keeps the order of a flow. A sender that waits for an answer to what is held would wait for ever
 * (Nagle's algorithm is one that does, RFC 9293, 3.7.4; a congestion window of ten segments another, RFC 6928): it sends
 * again after its timeout, which is taken as the sign to let everything go that waits, and to read on as with PASS until
 * nothing is kept. It is counted ({@link dev.weir.stream.StreamCounts#stalls()}). A pipeline's deadline, bounds and stop
 * apply to what is held as to all held packets. Whoever holds sets {@code bytesPerDirection} below 14,600 bytes, and a
 * deadline.
 *
 * <p>Bytes that an inspector discarded with a verdict for the packet are discarded each time they are sent again.
 *
 * <h2>Datagrams</h2>
 *
 * <p>Fragments are put together the same way, by addresses, identification, VLANs and virtual network, and of IPv4 the
 * protocol too (RFC 791, 2.3; RFC 8200, 4.5). A fragment that overlaps another, unless it repeats what is there byte for
 * byte, voids its datagram, of IPv4 as of IPv6 (RFC 5722, 3; RFC 8200, 4.5): which byte a host would read nobody
 * can say. The same goes for two different ends, data behind the end, a length that is no multiple of eight, more than
 * 65,535 bytes, more than 32 holes, and headers longer than 256 bytes before the data; fragments that still come are
 * discarded. Tiny fragments hide nothing, as headers are decoded when the datagram is whole (RFC 1858). A packet with a
 * fragment header that is whole (RFC 6946) is no fragment. The datagram is shown as one packet, with the lengths, the flags
 * and the IPv4 header checksum that it would have had.
 *
 * <p>Fragments are not held: without the one that completes the datagram nobody can read the others, and that one gets the
 * verdict. Fragments of a discarded datagram that come once more are discarded. All fragments of a datagram come to
 * one flow and worker: that of the ports, when the first fragment came first, else the flow of the two addresses without
 * ports. There UDP datagrams are judged one by one; a TCP segment whose fragments changed their order is missing from its
 * stream, which ends as a gap if it is not sent again.
 *
 * <h2>Memory</h2>
 *
 * <p>Each thread that classifies has its own memory: buffers of 2 KiB, 4 KiB and so on, used again and again. A direction has
 * a buffer only while bytes of it are kept; it grows by doubling up to {@code bytesPerDirection}, rounded up to a power of
 * two. When the bound of all is reached, the stream that has not grown for longest gives its bytes up and is told so
 * ({@link dev.weir.stream.StreamEnd#MEMORY}); of fragments, the datagram that has not grown for longest is forgotten.
 * Whoever wants to fill the memory with holes must therefore keep sending, and hurts what rests, not what is new.
 *
 * <p>Per packet nothing is allocated. The state of a connection, about 400 bytes, is used again for another one when its flow
 * has ended; the engine allocates a small array in the flow for it. What a thread has once needed it keeps, within the bounds.
 *
 * <p>A flow that an inspector does not want, or has seen enough of, costs one look-up per packet.
 */
package dev.weir.stream;
