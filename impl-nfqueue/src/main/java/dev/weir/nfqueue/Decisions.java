package dev.weir.nfqueue;

import dev.weir.Verdict;
import dev.weir.linux.Socket;
import dev.weir.spi.Slot;
import java.nio.ByteBuffer;

/** What the kernel is told to do with each packet. For the queue's owner. */
final class Decisions implements AutoCloseable {
    private final VerdictSender sender;
    private final Replacements replacements;
    private final FlowMarks marks;

    /** Null where the right for raw sockets lacks: packets are then not rejected. */
    private final Rejector rejector;

    private final DecidedPrefix prefix = new DecidedPrefix();

    /** @param rejector tells senders of rejected packets, closed with this; null when that is not possible */
    Decisions(Socket socket, int queueNumber, QueueOptions options, Rejector rejector) {
        this.sender = new VerdictSender(new VerdictSocket(socket), queueNumber, options.verdictThread());
        this.replacements = new Replacements(queueNumber, socket);
        this.marks = options.marks();
        this.rejector = rejector;
    }

    /** Says whether packets have piled up. */
    void piledUp(boolean piledUp) {
        sender.piledUp(piledUp);
    }

    /** A packet came: its place in the order. */
    long came() {
        return prefix.came();
    }

    /** True for a packet of a dropped flow that comes again because the rule lacks that should have dropped it. */
    boolean isOfDroppedFlow(QueuedPacket packet) {
        return marks.isDropped(packet.mark);
    }

    /** True for an answer to a rejected packet that a rule queued. */
    boolean isOwnAnswer(QueuedPacket packet, ByteBuffer bytes) {
        return rejector != null && rejector.isOwn(packet.mark, bytes, packet.payloadOffset, packet.payloadLength);
    }

    /** Decides a packet that nobody is asked about. */
    void passBy(int id, int verdict) {
        sender.verdict(id, verdict, prefix.decide(prefix.came()));
    }

    /** Carries out a verdict with the next {@link #flush}; false when it cannot be carried out. */
    boolean carryOut(Slot slot, Place where, Verdict verdict) {
        boolean allBefore = prefix.decide(where.order);
        switch (verdict.kind()) {
            case ACCEPT -> {
                if (verdict.scope() == Verdict.Scope.FLOW && marks.accept() != 0) {
                    sender.verdictWithMark(where.id, NfnetlinkQueue.NF_ACCEPT, marks.accepted(where.mark));
                } else {
                    sender.verdict(where.id, NfnetlinkQueue.NF_ACCEPT, allBefore);
                }
            }
            case DROP -> {
                if (verdict.scope() == Verdict.Scope.FLOW && marks.drop() != 0) {
                    // Back to the first rule of the hook, where one saves the mark and drops the packet.
                    sender.verdictWithMark(where.id, NfnetlinkQueue.NF_REPEAT, marks.dropped(where.mark));
                } else {
                    sender.verdict(where.id, NfnetlinkQueue.NF_DROP, allBefore);
                }
            }
            case REJECT -> {
                sender.verdict(where.id, NfnetlinkQueue.NF_DROP, allBefore);
                return rejector.reject(slot);
            }
            case MARK -> {
                Verdict.Mark mark = (Verdict.Mark) verdict;
                int value = where.mark & ~mark.mask() | mark.mark() & mark.mask();
                sender.verdictWithMark(where.id, NfnetlinkQueue.NF_ACCEPT, value);
            }
            case REPLACE -> {
                return replace(slot, where, allBefore);
            }
            default -> throw new IllegalArgumentException("nfqueue cannot carry out " + verdict.kind());
        }
        return true;
    }

    private boolean replace(Slot slot, Place where, boolean allBefore) {
        ByteBuffer bytes = slot.replacement();
        if (bytes == null) {
            sender.verdict(where.id, NfnetlinkQueue.NF_ACCEPT, allBefore); // nothing was written: as it came
            return true;
        }
        if (!replacements.prepare(slot, where, bytes)) {
            sender.verdict(where.id, NfnetlinkQueue.NF_DROP, allBefore);
            return false;
        }
        sender.verdictWithPayload(where.id, NfnetlinkQueue.NF_ACCEPT, bytes, bytes.limit());
        return true;
    }

    void flush() {
        sender.flush();
        if (rejector != null) {
            rejector.flush();
        }
    }

    /** Waits until all that was flushed is carried out. */
    void settle() {
        sender.settle();
    }

    @Override
    public void close() {
        sender.close();
        if (rejector != null) {
            rejector.close();
        }
    }
}
