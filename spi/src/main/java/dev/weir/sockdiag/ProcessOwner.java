package dev.weir.sockdiag;

/**
 * A process that had a socket open when it was looked at.
 *
 * @param comm empty when it ended before its name was read
 * @param cgroup empty likewise
 */
record ProcessOwner(int pid, String comm, String cgroup) {}
