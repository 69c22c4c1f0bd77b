package dev.weir.nfqueue;

import dev.weir.linux.NativeBuffer;

/** Where messages with verdicts go. */
interface VerdictOutlet {
    /**
     * Sends messages, of which nothing is needed any more when it returns.
     *
     * @throws dev.weir.linux.LinuxException when the kernel takes nothing any more
     */
    void send(NativeBuffer messages, int lengthBytes);
}
