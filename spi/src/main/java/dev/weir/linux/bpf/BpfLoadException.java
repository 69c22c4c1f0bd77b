package dev.weir.linux.bpf;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.Rights;
import dev.weir.linux.Rights.Capability;

/** The kernel refused a BPF object. The message is one line with the cause; {@link #verifierLog()} has the whole story. */
public final class BpfLoadException extends WeirException {
    private static final long serialVersionUID = 1L;
    private static final int LAST_LINES = 3;

    private final int errno;
    private final String verifierLog;

    BpfLoadException(String object, int errno, String libbpfSaid, String verifierLog) {
        super("the kernel refused the BPF object " + object + ": " + Errno.name(errno)
                + cause(errno, libbpfSaid, verifierLog));
        this.errno = errno;
        this.verifierLog = verifierLog;
    }

    private static String cause(int errno, String libbpfSaid, String verifierLog) {
        if (errno == Errno.EPERM && verifierLog.isEmpty()) {
            return ": " + Rights.advice(Capability.CAP_BPF, Capability.CAP_NET_ADMIN);
        }
        // The verifier ends with its complaint and a line of statistics.
        String[] lines =
                (verifierLog.isEmpty() ? libbpfSaid : verifierLog).strip().split("\n");
        StringBuilder last = new StringBuilder();
        for (int i = Math.max(0, lines.length - LAST_LINES); i < lines.length; i++) {
            last.append(last.isEmpty() ? ": " : "; ").append(lines[i].strip());
        }
        return last.toString();
    }

    /** Positive, as in {@link Errno}. */
    public int errno() {
        return errno;
    }

    /** What the kernel's verifier wrote, many lines; empty when it was not asked or had no word. */
    public String verifierLog() {
        return verifierLog;
    }
}
