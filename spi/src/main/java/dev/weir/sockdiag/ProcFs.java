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

    /**
     * The processes, the youngest first: numbers are given out upwards and start over at the end of their range, so the
     * youngest is the one given last ({@code /proc/loadavg}), and what is above it is older than all below.
     */
    int[] processes() throws IOException {
        int[] ascending = numbers(root);
        int last = parseLastProcess(read(root.resolve("loadavg")));
        int young = 0;
        while (young < ascending.length && ascending[young] <= last) {
            young++;
        }
        int[] youngestFirst = new int[ascending.length];
        for (int i = 0; i < ascending.length; i++) {
            youngestFirst[i] = ascending[Math.floorMod(young - 1 - i, ascending.length)];
        }
        return youngestFirst;
    }

    /** The number given last, from "0.20 0.18 0.12 1/80 11206"; the highest there is when it does not say. */
    static int parseLastProcess(String loadAverages) {
        int last = number(loadAverages.strip().substring(loadAverages.strip().lastIndexOf(' ') + 1));
        return last > 0 ? last : Integer.MAX_VALUE;
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
        return read(directory(pid).resolve("comm")).stripTrailing();
    }

    /** The path in the version 2 hierarchy, else in that of systemd, else in the first one; empty when there is none. */
    String cgroup(int pid) {
        return parseCgroup(read(directory(pid).resolve("cgroup")));
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

    /** Null when the process has ended. */
    Stat stat(int pid) {
        return Stat.parse(read(directory(pid).resolve("stat")));
    }

    /**
     * What {@code /proc/PID/stat} says of the process's identity.
     *
     * @param parent 0 when there is none
     * @param startTicks when it started, which tells it from a later one with its number
     */
    record Stat(int parent, long startTicks) {
        private static final int PPID = 1;
        private static final int STARTTIME = 19;

        static Stat parse(String line) {
            // "PID (comm) state ppid …": comm may hold spaces and parentheses, so what counts is the last one.
            int comm = line.lastIndexOf(')');
            if (comm < 0) {
                return null;
            }
            String[] fields = line.substring(comm + 1).strip().split(" ");
            try {
                return fields.length <= STARTTIME
                        ? null
                        : new Stat(Integer.parseInt(fields[PPID]), Long.parseLong(fields[STARTTIME]));
            } catch (NumberFormatException e) {
                return null;
            }
        }
    }

    private Path directory(int pid) {
        return root.resolve(Integer.toString(pid));
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
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
