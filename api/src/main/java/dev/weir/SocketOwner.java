package dev.weir;

import java.util.Objects;

/**
 * A socket of this host and the process that has it open.
 *
 * @param cookie the kernel's unique socket cookie ({@code SO_COOKIE}); 0 when unknown
 * @param inode the inode of the socket file, as in {@code /proc/PID/fd}; 0 when it has none (any more)
 * @param uid the user who made it; -1 when unknown
 * @param state the TCP state's name, for example {@code ESTABLISHED}; empty when unknown
 * @param pid the process that has it open, the lowest when there are several; 0 when unknown
 * @param comm the process's name (15 characters at most, {@code /proc/PID/comm}); empty when unknown
 * @param cgroup the process's cgroup path (version 2 where there is one); empty when unknown
 */
public record SocketOwner(long cookie, long inode, int uid, String state, int pid, String comm, String cgroup) {
    public SocketOwner {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(comm, "comm");
        Objects.requireNonNull(cgroup, "cgroup");
    }

    /** For people: {@code nginx/4711}, or what is known instead of it. */
    @Override
    public String toString() {
        if (pid != 0) {
            return comm + "/" + pid;
        }
        return inode != 0 ? "socket:[" + inode + "]" : uid >= 0 ? "uid " + uid : "?";
    }
}
