package dev.weir.bench;

import dev.weir.Blocklist;
import dev.weir.Blocklist.Side;
import dev.weir.KernelFilter;
import java.io.IOException;

/** A process with a kernel filter and a blocklist, until its standard input ends. */
final class BlocklistHolder {
    static final String READY = "ready";

    /** Of the single addresses. */
    static final String FIRST_ADDRESS = "11.0.0.0";

    private static final int FIRST = 0x0b000000;

    /** From one to the next. */
    static final int STEP = 5;

    private BlocklistHolder() {}

    /** Arguments: the filter's name, an address, single addresses beside it, prefixes beside it. */
    public static void main(String[] arguments) throws IOException {
        try (KernelFilter filter = KernelFilter.open(arguments[0])) {
            Blocklist.Builder list = Blocklist.builder().prefix(arguments[1], Side.SOURCE);
            int hosts = Integer.parseInt(arguments[2]);
            for (int i = 0; i < hosts; i++) {
                list.ipv4(FIRST + i * STEP, 32, Side.SOURCE);
            }
            int prefixes = Integer.parseInt(arguments[3]);
            for (int i = 0; i < prefixes; i++) {
                list.ipv4(FIRST + (i << 8) * 3, 24, Side.SOURCE);
            }
            Blocklist made = list.build();
            long beginNs = System.nanoTime();
            filter.block(made);
            System.out.printf(
                    "%s: %d entries in %d ms%n", READY, made.size(), (System.nanoTime() - beginNs) / 1_000_000);
            while (System.in.read() >= 0) {
                // until our parent is gone
            }
        }
    }
}
