package dev.weir.linux.bpf;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.LinuxException;
import dev.weir.linux.Rights;
import dev.weir.linux.Rights.Capability;

/**
 * Direct bindings to libbpf 1.x, from {@code bpf/libbpf.h} and {@code bpf/bpf.h}. Handles and addresses are long; a failed
 * call returns 0 (a handle) or minus the errno (an int), and sets errno. Loaded at the first use.
 */
final class Libbpf {
    private static final String LIBRARY = "libbpf.so.1";

    /** Empty when libbpf can be used, else what to do. */
    static final String REFUSAL = bindAll();

    private Libbpf() {}

    private static String bindAll() {
        try {
            Native.register(Libbpf.class, NativeLibrary.getInstance(LIBRARY));
            LibbpfLog.install();
            return "";
        } catch (LinkageError e) {
            return "BPF programs need " + LIBRARY
                    + " (Debian, Ubuntu: apt install libbpf1; Fedora: dnf install libbpf): "
                    + e.getMessage().lines().findFirst().orElse("it cannot be loaded");
        }
    }

    static void require() {
        if (!REFUSAL.isEmpty()) {
            throw new WeirException(REFUSAL);
        }
    }

    /** For calls that are made once: the result, or an exception. */
    static int check(int returned, String call) {
        if (returned < 0) {
            throw failure(call, -returned);
        }
        return returned;
    }

    static LinuxException failure(String call, int errno) {
        return errno == Errno.EPERM
                ? new LinuxException(call, errno, Rights.advice(Capability.CAP_BPF, Capability.CAP_NET_ADMIN))
                : new LinuxException(call, errno);
    }

    static int errno() {
        return Native.getLastError();
    }

    /** @param print a function of type {@code libbpf_print_fn_t}; it stays installed for the life of the process */
    static native long libbpf_set_print(LibbpfLog.Print print);

    static native long bpf_object__open_mem(long bytes, long length, long options);

    static native int bpf_object__load(long object);

    static native void bpf_object__close(long object);

    static native long bpf_object__find_map_by_name(long object, String name);

    static native long bpf_object__find_program_by_name(long object, String name);

    static native int bpf_program__set_autoload(long program, boolean load);

    static native int bpf_program__fd(long program);

    static native int bpf_map__fd(long map);

    static native int bpf_map__type(long map);

    static native int bpf_map__key_size(long map);

    static native int bpf_map__value_size(long map);

    static native int bpf_map__max_entries(long map);

    static native int bpf_map__map_flags(long map);

    static native int bpf_map__set_max_entries(long map, int count);

    static native int bpf_map__reuse_fd(long map, int fd);

    static native int libbpf_num_possible_cpus();

    static native int bpf_map_create(int type, String name, int keyBytes, int valueBytes, int maxEntries, long options);

    static native int bpf_map_lookup_elem(int fd, long key, long value);

    static native int bpf_map_update_elem(int fd, long key, long value, long flags);

    static native int bpf_map_delete_elem(int fd, long key);

    static native int bpf_map_get_next_key(int fd, long key, long nextKey);

    static native int bpf_map_update_batch(int fd, long keys, long values, long count, long options);

    static native int bpf_map_delete_batch(int fd, long keys, long count, long options);

    static native int bpf_map_lookup_batch(
            int fd, long inBatch, long outBatch, long keys, long values, long count, long options);

    static native int bpf_link_create(int program, int target, int attachType, long options);

    static native int bpf_obj_get_info_by_fd(int fd, long info, long infoLength);

    static native int bpf_prog_test_run_opts(int program, long options);

    static native int bpf_xdp_query(int interfaceIndex, int flags, long options);

    static native int bpf_tc_hook_create(long hook);

    static native int bpf_tc_hook_destroy(long hook);

    static native int bpf_tc_attach(long hook, long options);

    static native int bpf_tc_detach(long hook, long options);

    static native int bpf_tc_query(long hook, long options);
}
