package dev.weir.linux;

/** The few file flags in use, from {@code asm-generic/fcntl.h}; x86-64 and aarch64 agree on these. */
final class Fcntl {
    static final int O_RDONLY = 0;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    static final int F_SETFD = 2;
    static final int F_GETFL = 3;
    static final int F_SETFL = 4;
    static final int FD_CLOEXEC = 1;
    static final int F_DUPFD_CLOEXEC = 1030;

    private Fcntl() {}

    static void setBlocking(Fd fd) {
        int flags = Libc.check(Libc.fcntl(fd.number(), F_GETFL, 0), "fcntl(F_GETFL)");
        Libc.check(Libc.fcntl(fd.number(), F_SETFL, flags & ~O_NONBLOCK), "fcntl(F_SETFL)");
    }

    static void setNonBlockingCloseOnExec(Fd fd) {
        int flags = Libc.check(Libc.fcntl(fd.number(), F_GETFL, 0), "fcntl(F_GETFL)");
        Libc.check(Libc.fcntl(fd.number(), F_SETFL, flags | O_NONBLOCK), "fcntl(F_SETFL)");
        Libc.check(Libc.fcntl(fd.number(), F_SETFD, FD_CLOEXEC), "fcntl(F_SETFD)");
    }
}
