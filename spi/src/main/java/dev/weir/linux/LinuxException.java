package dev.weir.linux;

import dev.weir.WeirException;
import dev.weir.linux.Rights.Capability;

/**
 * The kernel refused a call. The message is one line: the call, the errno by name, what the C library says about it,
 * and what to do where that is known.
 */
public final class LinuxException extends WeirException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    /**
     * @param call what was called, with the argument that matters: {@code bind(eth0)}, {@code setsockopt(SO_RCVBUF)}
     * @param errno positive, as in {@link Errno}
     */
    public LinuxException(String call, int errno) {
        this(call, errno, hint(errno));
    }

    /** @param hint what the caller can do, a clause without a full stop; empty when nothing is known */
    public LinuxException(String call, int errno, String hint) {
        super(call + " failed: " + Errno.name(errno) + " (" + Libc.describe(errno) + ")"
                + (hint.isEmpty() ? "" : ": " + hint));
        this.call = call;
        this.errno = errno;
    }

    /** A failure whose cause is a missing capability when the kernel says EPERM, and the usual hint otherwise. */
    public static LinuxException needing(Capability needed, String call, int errno) {
        return errno == Errno.EPERM
                ? new LinuxException(call, errno, Rights.advice(needed))
                : new LinuxException(call, errno);
    }

    public String call() {
        return call;
    }

    /** Positive, as in {@link Errno}. */
    public int errno() {
        return errno;
    }

    /** True where a socket was refused and will be: the user has not the right, or this kernel has no such sockets. */
    public boolean isNeverHere() {
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES, Errno.EAFNOSUPPORT, Errno.EPROTONOSUPPORT, Errno.ESOCKTNOSUPPORT -> true;
            default -> false;
        };
    }

    private static String hint(int errno) {
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES -> Rights.advice(Capability.CAP_NET_RAW, Capability.CAP_NET_ADMIN);
            case Errno.ENODEV, Errno.ENXIO ->
                "the interface is not there, or has gone away;" + " `ip link` lists those of this network namespace";
            case Errno.EMFILE -> "this process has too many open files; raise `ulimit -n`";
            case Errno.ENFILE -> "the system has too many open files; raise the sysctl fs.file-max";
            case Errno.ENOMEM ->
                "the kernel gave no memory; ask for smaller or fewer buffers,"
                        + " or raise the memory limit (cgroup, `ulimit -l`)";
            case Errno.ENOSYS, Errno.EOPNOTSUPP, Errno.EPROTONOSUPPORT, Errno.EAFNOSUPPORT, Errno.ENOPROTOOPT ->
                "this kernel does not have the feature, or its module is not loaded";
            case Errno.ENETDOWN -> "the interface is down; `ip link set NAME up`";
            case Errno.EBUSY -> "something else is using it";
            default -> "";
        };
    }
}
