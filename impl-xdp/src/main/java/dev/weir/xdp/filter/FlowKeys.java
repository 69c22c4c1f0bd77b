package dev.weir.xdp.filter;

import dev.weir.FlowKey;
import dev.weir.xdp.filter.Layout.FlowKeyStruct;
import java.nio.ByteBuffer;

/** Flow keys as the programs write them: {@code struct weir_flow_key}. */
final class FlowKeys {
    /** A key has room for two tags; each is 16 bits of {@link FlowKey#vlans()}, which are written alike. */
    private static final int MAX_VLAN_BITS = 32;

    private FlowKeys() {}

    /** False for what the kernel cannot tell from other flows. */
    static boolean isKnown(FlowKey key) {
        return key.ipVersion() != 0 && key.vlans() >>> MAX_VLAN_BITS == 0;
    }

    /** Allocates nothing. */
    static void write(FlowKey key, ByteBuffer to, int offset) {
        boolean swap = sourceIsHigh(key);
        long lowHigh = swap ? key.destinationHigh() : key.sourceHigh();
        long lowLow = swap ? key.destinationLow() : key.sourceLow();
        long highHigh = swap ? key.sourceHigh() : key.destinationHigh();
        long highLow = swap ? key.sourceLow() : key.destinationLow();
        ByteOrders.put128(to, offset + FlowKeyStruct.LOW_ADDRESS, lowHigh, lowLow);
        ByteOrders.put128(to, offset + FlowKeyStruct.HIGH_ADDRESS, highHigh, highLow);
        ByteOrders.put16(to, offset + FlowKeyStruct.LOW_PORT, swap ? key.destinationPort() : key.sourcePort());
        ByteOrders.put16(to, offset + FlowKeyStruct.HIGH_PORT, swap ? key.sourcePort() : key.destinationPort());
        to.put(offset + FlowKeyStruct.PROTOCOL, (byte) key.protocol());
        to.put(offset + FlowKeyStruct.VERSION, (byte) key.ipVersion());
        to.putShort(offset + FlowKeyStruct.RESERVED, (short) 0);
        to.putShort(offset + FlowKeyStruct.VLAN, (short) key.vlans());
        to.putShort(offset + FlowKeyStruct.VLAN + Short.BYTES, (short) (key.vlans() >>> Short.SIZE));
    }

    private static boolean sourceIsHigh(FlowKey key) {
        int high = Long.compareUnsigned(key.sourceHigh(), key.destinationHigh());
        if (high != 0) {
            return high > 0;
        }
        int low = Long.compareUnsigned(key.sourceLow(), key.destinationLow());
        return low != 0 ? low > 0 : key.sourcePort() > key.destinationPort();
    }
}
