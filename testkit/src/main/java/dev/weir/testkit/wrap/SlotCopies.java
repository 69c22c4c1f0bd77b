package dev.weir.testkit.wrap;

import dev.weir.packet.Bytes;
import dev.weir.spi.Slot;
import java.nio.ByteBuffer;

/** Slots with a copy of what another slot holds. */
final class SlotCopies {
    private SlotCopies() {}

    /** A new slot with the same packet in new memory; {@code flippedBit} -1 for none. */
    static Slot copy(Slot from, int flippedBit) {
        ByteBuffer memory = bytes(from);
        if (flippedBit >= 0) {
            int at = flippedBit / 8;
            memory.put(at, (byte) (memory.get(at) ^ 1 << flippedBit % 8));
        }
        return fill(new Slot(from.queue()), from, memory);
    }

    static ByteBuffer bytes(Slot from) {
        Bytes bytes = from.bytes();
        ByteBuffer memory = ByteBuffer.allocate(bytes.length());
        bytes.get(0, memory, bytes.length());
        return memory;
    }

    static Slot fill(Slot slot, Slot from, ByteBuffer memory) {
        return slot.fill(memory, 0, from.capturedLength(), from.wireLength(), from.linkType(), from.timestampNs())
                .interfaceIndex(from.interfaceIndex())
                .origin(from.origin())
                .mark(from.mark())
                .checksumsComplete(from.checksumsComplete());
    }

    /** Has the changed bytes of one slot stand in another. */
    static void handReplacement(Slot from, Slot to) {
        ByteBuffer changed = from.replacement();
        if (changed != null) {
            to.replace(changed.limit()).put(0, changed, 0, changed.limit());
        }
    }
}
