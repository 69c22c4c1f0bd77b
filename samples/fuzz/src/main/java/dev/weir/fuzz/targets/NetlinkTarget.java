package dev.weir.fuzz.targets;

import dev.weir.fuzz.FuzzTarget;
import dev.weir.linux.netlink.NetlinkAttributes;
import dev.weir.linux.netlink.NetlinkReader;
import dev.weir.packet.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** {@link NetlinkReader} and {@link NetlinkAttributes}, nested: the length of the fixed part (a byte), the datagram. */
public final class NetlinkTarget implements FuzzTarget {
    private static final int MAX_DEPTH = 4;

    private final NetlinkReader reader = new NetlinkReader();
    private final NetlinkAttributes[] attributes = new NetlinkAttributes[MAX_DEPTH];
    private int steps;

    public NetlinkTarget() {
        for (int i = 0; i < MAX_DEPTH; i++) {
            attributes[i] = new NetlinkAttributes();
        }
    }

    @Override
    public String name() {
        return "netlink";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() < 1) {
            return;
        }
        steps = 0;
        ByteBuffer datagram = ByteBuffer.wrap(input.toByteArray()).order(ByteOrder.nativeOrder());
        reader.wrap(datagram, 1, input.length() - 1);
        while (reader.next()) {
            reader.type();
            reader.flags();
            reader.sequence();
            reader.portId();
            Check.that(reader.payload() + reader.payloadBytes() <= input.length(), "a message is in the datagram");
            walk(reader.attributes(attributes[0], input.u8(0) % 64), 0);
        }
        Check.that(steps <= MAX_DEPTH * input.length(), "each step moves on");
    }

    private void walk(NetlinkAttributes list, int depth) {
        while (list.next()) {
            steps++;
            list.type();
            list.unsigned8();
            list.unsigned16Network();
            list.int32Network();
            list.int64Network();
            if (depth + 1 < MAX_DEPTH) {
                walk(list.nested(attributes[depth + 1]), depth + 1);
            }
        }
    }

    /** The copy of the input in an array of its own, with nothing behind it that could be read by mistake. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return 256 + inputLength;
    }
}
