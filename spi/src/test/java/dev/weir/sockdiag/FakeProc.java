package dev.weir.sockdiag;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory that looks like /proc. */
final class FakeProc {
    private final Path root;

    FakeProc(Path root) throws IOException {
        this.root = root;
        Files.createDirectories(root.resolve("sys"));
        Files.createDirectories(root.resolve("self"));
        Files.writeString(root.resolve("version"), "Linux version 6.1\n");
    }

    ProcFs files() {
        return new ProcFs(root);
    }

    Path root() {
        return root;
    }

    FakeProc process(int pid, int parent, String comm) throws IOException {
        Path directory = root.resolve(Integer.toString(pid));
        Files.createDirectories(directory.resolve("fd"));
        Files.writeString(directory.resolve("comm"), comm + "\n");
        Files.writeString(directory.resolve("cgroup"), "0::/system.slice/" + comm + ".service\n");
        Files.writeString(
                directory.resolve("stat"),
                pid + " (" + comm + ") S " + parent + " 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0\n");
        return link(pid, 0, "anon_inode:[eventpoll]").link(pid, 2, "pipe:[77]");
    }

    void lastProcess(int pid) throws IOException {
        Files.writeString(root.resolve("loadavg"), "0.20 0.18 0.12 1/80 " + pid + "\n");
    }

    FakeProc socket(int pid, int fd, long inode) throws IOException {
        return link(pid, fd, "socket:[" + inode + "]");
    }

    FakeProc link(int pid, int fd, String target) throws IOException {
        Path link = descriptor(pid, fd);
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(target));
        return this;
    }

    void close(int pid, int fd) throws IOException {
        Files.delete(descriptor(pid, fd));
    }

    void end(int pid) throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve(Integer.toString(pid)))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Path descriptor(int pid, int fd) {
        return root.resolve(Integer.toString(pid)).resolve("fd").resolve(Integer.toString(fd));
    }
}
