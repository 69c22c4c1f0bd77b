package dev.weir.linux.bpf;

import com.sun.jna.Callback;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what libbpf prints to slf4j, logger {@code dev.weir.linux.bpf.libbpf}, and lets the error of a call tell what
 * libbpf said during it. libbpf prints on the thread that called it.
 */
final class LibbpfLog {
    private static final Logger LOG = LoggerFactory.getLogger("dev.weir.linux.bpf.libbpf");

    /** {@code enum libbpf_print_level}. */
    private static final int LIBBPF_WARN = 0;

    private static final int LIBBPF_INFO = 1;

    private static final int LINE_BYTES = 4096;

    /** What is collected for one error: enough for the cause, bounded against a flood. */
    private static final int COLLECTED_CHARACTERS = 4096;

    private static final ThreadLocal<StringBuilder> COLLECTED = new ThreadLocal<>();

    /** Held for the life of the process: libbpf keeps the address of the function. */
    private static final Print PRINT = LibbpfLog::print;

    private LibbpfLog() {}

    /**
     * {@code libbpf_print_fn_t}. The {@code va_list} comes as an address on both machines: it is an array type on x86-64,
     * and a struct of more than 16 bytes, which is passed by reference, on aarch64.
     */
    interface Print extends Callback {
        /** Called by libbpf. */
        int invoke(int level, Pointer format, Pointer arguments);
    }

    /** The C library's formatter; the {@code va_list} goes on as it came. */
    private static final class Formatter {
        static {
            Native.register(Formatter.class, NativeLibrary.getInstance("c"));
        }

        private Formatter() {}

        static native int vsnprintf(Pointer buffer, long size, Pointer format, Pointer arguments);
    }

    static void install() {
        Libbpf.libbpf_set_print(PRINT);
    }

    private static int print(int level, Pointer format, Pointer arguments) {
        StringBuilder collected = COLLECTED.get();
        boolean collect = level == LIBBPF_WARN && collected != null && collected.length() < COLLECTED_CHARACTERS;
        if (!collect && !(level == LIBBPF_WARN ? LOG.isWarnEnabled() : LOG.isDebugEnabled())) {
            return 0;
        }
        Memory line = new Memory(LINE_BYTES);
        int length = Formatter.vsnprintf(line, LINE_BYTES, format, arguments);
        String text = line.getString(0).strip();
        if (collect) {
            collected.append(text).append('\n');
        }
        // A warning that ends up in an exception is told there; who catches it decides whether it matters.
        if (level == LIBBPF_WARN && collected == null) {
            LOG.warn("{}", text);
        } else if (level <= LIBBPF_INFO) {
            LOG.debug("{}", text);
        } else {
            LOG.trace("{}", text);
        }
        return length;
    }

    /** From now on this thread's warnings go to the error of what it does, until {@link #collected()}. */
    static void collect() {
        COLLECTED.set(new StringBuilder());
    }

    /** What libbpf warned of on this thread since {@link #collect()}; empty when of nothing. */
    static String collected() {
        StringBuilder collected = COLLECTED.get();
        COLLECTED.remove();
        return collected == null ? "" : collected.toString().strip();
    }
}
