package dev.weir.sockdiag;

import java.util.Map;

/**
 * What a search for the owners of sockets came to.
 *
 * @param owners by the inode of the socket
 * @param coverage how far it got, which tells what a missing owner means
 * @param unreadable processes whose open files may not be read
 */
record ProcessSearch(Map<Long, ProcessOwner> owners, Coverage coverage, int unreadable) {
    enum Coverage {
        /** All owners were found, or all processes looked at. */
        COMPLETE,
        /** Time was up before all processes were looked at. */
        CUT_SHORT,
        /** Processes were not walked, because walks had taken too much of the processor. */
        PUT_OFF
    }
}
