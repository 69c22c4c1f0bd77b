package dev.weir.linux;

import static dev.weir.linux.Rights.Capability.CAP_SYS_ADMIN;

import dev.weir.WeirException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A network namespace, held open by a descriptor.
 *
 * <p>A namespace belongs to a thread, and a thread that entered one takes it wherever it goes: a pool's thread would
 * surprise its next user. So enter with a thread made for it and thrown away afterwards, {@link #call} or
 * {@link #newThread}. A socket stays in the namespace it was opened in, and any thread may use it; to capture in a
 * namespace it is enough to open the socket there. Needs CAP_SYS_ADMIN.
 */
public final class NetworkNamespace implements AutoCloseable {
    /** From {@code linux/sched.h}. */
    private static final int CLONE_NEWNET = 0x40000000;

    private static final Path NAMED = Path.of("/run/netns");
    private static final String OWN = "/proc/thread-self/ns/net";

    private final String name;
    private final Fd fd;

    private NetworkNamespace(String name, Fd fd) {
        this.name = name;
        this.fd = fd;
    }

    /**
     * Opens by name, as `ip netns` knows it, or by path when there is a slash in it: {@code /proc/PID/ns/net}.
     *
     * @throws WeirException when there is none
     */
    public static NetworkNamespace open(String nameOrPath) {
        Libc.require();
        boolean path = nameOrPath.contains("/");
        String file = path ? nameOrPath : NAMED.resolve(nameOrPath).toString();
        int number = Libc.open(file, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
        if (number < 0) {
            int errno = Libc.errno();
            if (errno == Errno.ENOENT) {
                throw new WeirException("there is no network namespace \"" + nameOrPath + "\": " + file
                        + " does not exist" + (path ? "" : "; `ip netns list` shows the names"));
            }
            throw new LinuxException("open(" + file + ")", errno);
        }
        return new NetworkNamespace(nameOrPath, Fd.owning(number));
    }

    /** The namespace of the calling thread. */
    public static NetworkNamespace current() {
        return open(OWN);
    }

    /** A new namespace without a name, its loopback still down. It goes when nothing holds it open any more. */
    public static NetworkNamespace create() {
        Libc.require();
        return onFreshThread("new network namespace", () -> {
            Libc.check(Libc.unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)", CAP_SYS_ADMIN);
            return current();
        });
    }

    /**
     * Runs a task inside, on a thread of its own, and waits for it. What the task throws is thrown here: runtime
     * exceptions and errors as they are, checked ones as the cause of a {@link WeirException}.
     */
    public <T> T call(Callable<T> task) {
        return onFreshThread("network namespace " + name, () -> {
            enter();
            return task.call();
        });
    }

    /**
     * Runs a task inside, on the calling thread when that is there already, else as {@link #call}: for what has to be
     * done where something was opened, by whoever closes it.
     */
    public void run(Runnable task) {
        if (isCurrent()) {
            task.run();
            return;
        }
        call(() -> {
            task.run();
            return null;
        });
    }

    /** True when the calling thread is inside. */
    private boolean isCurrent() {
        try {
            return Files.readSymbolicLink(Path.of(OWN))
                    .equals(Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.number())));
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A thread that enters the namespace, runs the task and ends; not started yet. When it cannot enter, its uncaught
     * exception handler gets the cause: try with {@link #call} first.
     */
    public Thread newThread(String threadName, Runnable task) {
        return new Thread(
                () -> {
                    enter();
                    task.run();
                },
                threadName);
    }

    /** Moves the calling thread for the rest of its life; only for a thread that its caller owns and throws away. */
    public void enter() {
        Libc.check(Libc.setns(fd.number(), CLONE_NEWNET), "setns(" + name + ")", CAP_SYS_ADMIN);
    }

    private static <T> T onFreshThread(String threadName, Callable<T> task) {
        FutureTask<T> result = new FutureTask<>(task);
        Thread thread = new Thread(result, threadName);
        thread.setDaemon(true);
        thread.start();
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new WeirException("a task in the " + threadName + " failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeirException("interrupted while a task ran in the " + threadName, e);
        }
    }

    /** Lets go of the namespace; threads and sockets inside stay there. */
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return "network namespace " + name;
    }
}
