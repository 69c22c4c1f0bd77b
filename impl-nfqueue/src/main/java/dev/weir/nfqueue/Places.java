package dev.weir.nfqueue;

import dev.weir.spi.Slot;
import java.util.Arrays;

/** Places by the number that the slot's handle holds from its first use on. */
final class Places {
    private Place[] all = new Place[64];
    private int made;

    Place of(Slot slot) {
        int number = (int) slot.handle();
        if (number == 0) {
            if (++made == all.length) {
                all = Arrays.copyOf(all, made * 2);
            }
            all[made] = new Place();
            slot.handle(made);
            number = made;
        }
        return all[number];
    }
}
