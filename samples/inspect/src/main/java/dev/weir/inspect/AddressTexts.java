package dev.weir.inspect;

import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.packet.IpAddress;

/**
 * The texts of addresses seen lately, ready for JSON. A packet's addresses are nearly always among them, and then cost
 * no garbage. Direct mapped: an address that falls on the place of another takes it.
 */
final class AddressTexts {
    private static final int PLACES = 4096;

    private final int[] versions = new int[PLACES];
    private final long[] highs = new long[PLACES];
    private final long[] lows = new long[PLACES];
    private final SerializedString[] texts = new SerializedString[PLACES];

    SerializedString of(int version, long high, long low) {
        long mixed = (high * 31 + low) * 0x9e37_79b9_7f4a_7c15L;
        int place = (int) (mixed >>> 52);
        SerializedString text = texts[place];
        if (text == null || lows[place] != low || highs[place] != high || versions[place] != version) {
            text = new SerializedString(IpAddress.format(version, high, low));
            versions[place] = version;
            highs[place] = high;
            lows[place] = low;
            texts[place] = text;
        }
        return text;
    }
}
