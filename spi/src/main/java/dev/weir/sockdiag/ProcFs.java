package dev.weir.sockdiag;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads what proc(5) says about processes. A process may end at any moment: everything about it is then empty or 0,
 * never an exception.
 */
final class ProcFs {
    private static final String SOCKET_PREFIX = "socket:[";
    private static final String CGROUP_V2 = "0::";
    private static final String CGROUP_SYSTEMD = ":name=systemd:";
    private static final int[] NONE = {};

    private final Path root;

    ProcFs(Path root) {
        this.root = root;
    }

    /** The processes, the highest number first. */
    int[] processes() throws IOException {
        int[] all = numbers(root);
        int[] reversed = new int[all.length];
        for (int i = 0; i < all.length; i++) {
            reversed[i] = all[all.length - 1 - i];
        }
        return reversed;
    }

    /**
     * The open files of a process, ascending; none when it has ended.
     *
     * @throws IOException when they may not be read
     */
    int[] openFiles(int pid) throws IOException {
        return numbers(directory(pid).resolve("fd"));
    }

    /** The inode of the socket behind a file descriptor, 0 when it is no socket or gone. */
    long socketInode(int pid, int fd) {
        try {
            return parseSocket(
                    Files.readSymbolicLink(directory(pid).resolve("fd").resolve(Integer.toString(fd)))
                            .toString());
        } catch (IOException e) {
            return 0;
        }
    }

    static long parseSocket(String link) {
        if (!link.startsWith(SOCKET_PREFIX) || !link.endsWith("]")) {
            return 0;
        }
        try {
            return Long.parseLong(link, SOCKET_PREFIX.length(), link.length() - 1, 10);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Empty when the process has ended. */
    String comm(int pid) {
        return read(pid, "comm").stripTrailing();
    }

    /** The path in the version 2 hierarchy, else in that of systemd, else in the first one; empty when there is none. */
    String cgroup(int pid) {
        return parseCgroup(read(pid, "cgroup"));
    }

    static String parseCgroup(String lines) {
        String first = "";
        String systemd = "";
        for (String line : lines.split("\n")) {
            int path = line.indexOf(':', line.indexOf(':') + 1) + 1;
            if (path == 0) {
                continue;
            }
            if (line.startsWith(CGROUP_V2)) {
                return line.substring(path);
            }
            if (line.contains(CGROUP_SYSTEMD)) {
                systemd = line.substring(path);
            }
            if (first.isEmpty()) {
                first = line.substring(path);
            }
        }
        return systemd.isEmpty() ? first : systemd;
    }

    /** The parent, 0 when there is none or the process has ended. */
    int parent(int pid) {
        return parseParent(read(pid, "stat"));
    }

    static int parseParent(String stat) {
        // "PID (comm) state ppid …": comm may hold spaces and parentheses, so what counts is the last one.
        int comm = stat.lastIndexOf(')');
        String[] fields =
                comm < 0 ? new String[0] : stat.substring(comm + 1).strip().split(" ", 3);
        return fields.length < 3 ? 0 : number(fields[1]);
    }

    private Path directory(int pid) {
        return root.resolve(Integer.toString(pid));
    }

    private String read(int pid, String file) {
        try {
            return new String(Files.readAllBytes(directory(pid).resolve(file)), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /** The entries that are numbers above 0, or 0 itself, ascending. */
    private static int[] numbers(Path directory) throws IOException {
        int[] numbers = new int[64];
        int count = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.charAt(0) < '0' || name.charAt(0) > '9') {
                    continue;
                }
                if (count == numbers.length) {
                    numbers = Arrays.copyOf(numbers, 2 * count);
                }
                numbers[count++] = number(name);
            }
        } catch (java.nio.file.NoSuchFileException e) {
            return NONE;
        } catch (DirectoryIteratorException e) {
            // The process ended under our hands: the entries before are as good as none.
            return NONE;
        }
        int[] sorted = Arrays.copyOf(numbers, count);
        Arrays.sort(sorted);
        return sorted;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
