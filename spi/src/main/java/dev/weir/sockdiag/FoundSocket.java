package dev.weir.sockdiag;

/**
 * A socket as the kernel describes it.
 *
 * @param state a constant of {@link SocketState}
 * @param remotePort 0 when it is not connected
 * @param inode 0 when no file belongs to it: not accepted yet, closed by its process, or in TIME_WAIT
 * @param uid of no meaning when there is no inode
 */
record FoundSocket(int state, int remotePort, long cookie, long inode, int uid) {}
