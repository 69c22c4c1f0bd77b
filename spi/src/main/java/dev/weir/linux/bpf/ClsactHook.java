package dev.weir.linux.bpf;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.NativeBuffer;
import dev.weir.linux.NetworkNamespace;
import dev.weir.linux.Sock;
import dev.weir.linux.Socket;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/**
 * A program on the clsact queueing discipline of an interface, for kernels before 6.6, which have no tcx. Nothing in the
 * kernel ties it to the process: when that is killed, the filter stays and works on.
 *
 * <p>So it is made recognisable: our filters have a priority of their own, and their handle says whether the queueing
 * discipline was made for them. Who has one attached also holds an abstract socket of a certain name, which goes with the
 * process: when the name is free and a filter of ours is there, a killed process left it, and it is removed. All of this is
 * of the calling thread's network namespace.
 */
public final class ClsactHook implements AutoCloseable {
    /** Of all our filters; far from those that administrators and the kernel choose. */
    static final int PRIORITY = 0x5765;

    /** The handle of a filter says what its closing has to remove. */
    private static final int HANDLE_FILTER = 1;

    private static final int HANDLE_FILTER_AND_QDISC = 2;

    /** Where on the interface. */
    public enum Direction {
        INGRESS(1, 0xFFFFFFF2),
        EGRESS(2, 0xFFFFFFF3);

        /** {@code enum bpf_tc_attach_point}. */
        private final int attachPoint;

        /** TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) and its sibling, {@code linux/pkt_sched.h}. */
        final int parent;

        Direction(int attachPoint, int parent) {
            this.attachPoint = attachPoint;
            this.parent = parent;
        }
    }

    /** {@code struct bpf_tc_hook} of libbpf. */
    static final class Hook {
        static final int BYTES = 24;
        static final int SZ = 0;
        static final int IFINDEX = 8;
        static final int ATTACH_POINT = 12;

        private Hook() {}
    }

    /** {@code struct bpf_tc_opts} of libbpf. */
    static final class Options {
        static final int BYTES = 32;
        static final int SZ = 0;
        static final int PROG_FD = 8;
        static final int HANDLE = 20;
        static final int PRIORITY = 24;

        private Options() {}
    }

    private final int interfaceIndex;
    private final Direction direction;
    private final Socket owner;
    private final NetworkNamespace home;
    private int handle;
    private boolean foundLeftover;

    private ClsactHook(int interfaceIndex, Direction direction, Socket owner) {
        this.interfaceIndex = interfaceIndex;
        this.direction = direction;
        this.owner = owner;
        this.home = NetworkNamespace.current();
    }

    /**
     * Attaches; removes what a killed process left there.
     *
     * @throws WeirException when another process that lives has ours attached
     */
    public static ClsactHook attach(BpfProgram program, int interfaceIndex, Direction direction) {
        ClsactHook hook = new ClsactHook(interfaceIndex, direction, claim(interfaceIndex, direction));
        try {
            hook.attach(program);
            return hook;
        } catch (RuntimeException | Error e) {
            hook.letGo();
            throw e;
        }
    }

    /**
     * Removes what killed processes left on an interface, in both directions; what living ones have attached stays.
     *
     * @return true when there was something
     */
    public static boolean removeLeftovers(int interfaceIndex) {
        Libbpf.require();
        boolean found = false;
        for (Direction direction : Direction.values()) {
            try (Socket claimed = tryClaim(interfaceIndex, direction)) {
                if (claimed != null) {
                    ClsactHook hook = new ClsactHook(interfaceIndex, direction, claimed);
                    boolean withQdisc = hook.removeFilters();
                    found |= hook.foundLeftover;
                    if (withQdisc) {
                        hook.removeQdiscIfEmpty();
                    }
                    hook.letGo();
                }
            }
        }
        return found;
    }

    private static Socket claim(int interfaceIndex, Direction direction) {
        Socket socket = tryClaim(interfaceIndex, direction);
        if (socket == null) {
            throw new WeirException("interface " + interfaceIndex + " has a filter of another Weir at " + direction
                    + ": stop that one first");
        }
        return socket;
    }

    /** Null when a living process has it. */
    private static Socket tryClaim(int interfaceIndex, Direction direction) {
        byte[] name = ("weir-clsact-" + direction + "-" + interfaceIndex).getBytes(StandardCharsets.US_ASCII);
        // sockaddr_un: the family, a zero byte that makes the name abstract (unix(7)), the name
        NativeBuffer address = NativeBuffer.allocate(Short.BYTES + 1 + name.length);
        address.bytes().putShort(0, (short) Sock.AF_UNIX);
        address.bytes().put(Short.BYTES + 1, name);
        Socket socket = Socket.open("AF_UNIX", Sock.AF_UNIX, Sock.SOCK_DGRAM, 0);
        try {
            socket.bind("owner of a clsact filter", address);
            return socket;
        } catch (LinuxException e) {
            socket.close();
            if (e.errno() == Errno.EADDRINUSE) {
                return null;
            }
            throw e;
        }
    }

    private void attach(BpfProgram program) {
        boolean madeBefore = removeFilters();
        LibbpfLog.collect(); // libbpf warns of a queueing discipline that is there, which is no matter
        int made = Libbpf.bpf_tc_hook_create(hook().address());
        LibbpfLog.collected();
        if (made < 0 && made != -Errno.EEXIST) {
            throw Libbpf.failure("clsact on interface " + interfaceIndex, -made);
        }
        handle = made == 0 || madeBefore ? HANDLE_FILTER_AND_QDISC : HANDLE_FILTER;
        NativeBuffer options = options(handle);
        options.bytes().putInt(Options.PROG_FD, program.fd().number());
        NativeBuffer hook = hook();
        int attached = Libbpf.bpf_tc_attach(hook.address(), options.address());
        Reference.reachabilityFence(hook);
        Reference.reachabilityFence(options);
        if (attached < 0) {
            removeQdiscIfOurs();
            throw Libbpf.failure(
                    "attaching " + program.name() + " to interface " + interfaceIndex + " (clsact)", -attached);
        }
    }

    /** Takes out filters of ours; true when their queueing discipline had been made for one of them. */
    private boolean removeFilters() {
        boolean withQdisc = false;
        for (int candidate = HANDLE_FILTER; candidate <= HANDLE_FILTER_AND_QDISC; candidate++) {
            if (detach(candidate)) {
                foundLeftover = true;
                withQdisc |= candidate == HANDLE_FILTER_AND_QDISC;
            }
        }
        return withQdisc;
    }

    private boolean detach(int which) {
        NativeBuffer hook = hook();
        NativeBuffer options = options(which);
        LibbpfLog.collect(); // that there is none is the usual case
        int result = Libbpf.bpf_tc_detach(hook.address(), options.address());
        LibbpfLog.collected();
        Reference.reachabilityFence(hook);
        Reference.reachabilityFence(options);
        return result == 0;
    }

    private void removeQdiscIfOurs() {
        if (handle == HANDLE_FILTER_AND_QDISC) {
            removeQdiscIfEmpty();
        }
    }

    private void removeQdiscIfEmpty() {
        if (TcFilters.count(interfaceIndex) > 0) {
            return; // somebody uses it by now
        }
        NativeBuffer hook = hook();
        hook.bytes().putInt(Hook.ATTACH_POINT, Direction.INGRESS.attachPoint | Direction.EGRESS.attachPoint);
        LibbpfLog.collect();
        Libbpf.bpf_tc_hook_destroy(hook.address()); // gone with its interface, perhaps
        LibbpfLog.collected();
        Reference.reachabilityFence(hook);
    }

    private NativeBuffer hook() {
        NativeBuffer hook = NativeBuffer.allocate(Hook.BYTES);
        hook.bytes().putLong(Hook.SZ, Hook.BYTES);
        hook.bytes().putInt(Hook.IFINDEX, interfaceIndex);
        hook.bytes().putInt(Hook.ATTACH_POINT, direction.attachPoint);
        return hook;
    }

    private static NativeBuffer options(int handle) {
        NativeBuffer options = NativeBuffer.allocate(Options.BYTES);
        options.bytes().putLong(Options.SZ, Options.BYTES);
        options.bytes().putInt(Options.HANDLE, handle);
        options.bytes().putInt(Options.PRIORITY, PRIORITY);
        return options;
    }

    /** True when a filter was found that a killed process had left. */
    public boolean foundLeftover() {
        return foundLeftover;
    }

    private void letGo() {
        home.close();
        owner.close();
    }

    /**
     * Detaches, and removes the queueing discipline if it was made for this and nobody else uses it. Any thread, of
     * whatever network namespace.
     */
    @Override
    public void close() {
        if (handle != 0) {
            home.run(() -> {
                detach(handle);
                removeQdiscIfOurs();
            });
            handle = 0;
            letGo();
        }
    }
}
