package dev.weir.sockdiag;

import dev.weir.NanoClock;
import dev.weir.sockdiag.ProcessSearch.Coverage;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Finds the processes that have sockets open. The kernel keeps no such table: only the links in {@code /proc/PID/fd} tell,
 * so the way from a socket to its process is a walk over processes. Three things keep it short:
 *
 * <ul>
 *   <li>What was seen is remembered, and believed after one look: when the same file descriptor of the same process still
 *       leads to the inode, that process has the socket open, whoever has the number by now.
 *   <li>Processes that owned a socket lately are looked at first: a server's next connection is its own again.
 *   <li>The walk goes from the youngest process to the oldest, and ends when everything is found.
 * </ul>
 *
 * <p>A process shares sockets with its children. So from the process found, the search goes up as long as the parent has
 * the same socket under the same descriptor; that gives the lowest process of a server that forks, without looking
 * at all of them.
 *
 * <p>A walk ends after its time limit, and the next one goes on where it ended, new processes first. All searching
 * together may look at {@value #FILES_PER_SECOND} open files a second, at about 4 µs each; what is over is put off.
 * That is counted, not timed, so that a busy machine is not searched less for being slow. For one thread.
 */
final class ProcessFinder {
    static final int FILES_PER_SECOND = 50_000;

    /** What may be saved up. */
    private static final int FILES_AT_ONCE = 200_000;
    /** What listing the open files of a process costs, in files. */
    private static final int FILES_PER_PROCESS = 10;

    private static final long SECOND_NS = 1_000_000_000;
    private static final long NO_INODE = -1;
    private static final int REMEMBERED_MAX = 65_536;
    private static final int RECENT_MAX = 8;
    private static final int ANCESTORS_MAX = 32;

    private final ProcFs proc;
    private final NanoClock clock;
    private final long walkLimitNs;
    private final Map<Long, Place> remembered = new HashMap<>();
    private final LinkedHashSet<Integer> recent = new LinkedHashSet<>();
    /** How many files may be looked at, and as of when. */
    private long allowance = FILES_AT_ONCE;

    private long allowanceAtNs;
    /** What was looked at since a walk last came to its end. */
    private final Set<Integer> reached = new HashSet<>();

    // Of the search under way.
    private final Map<Long, ProcessOwner> owners = new HashMap<>();
    private final Set<Long> missing = new HashSet<>();
    private final Set<Integer> visited = new HashSet<>();
    private int unreadable;

    private final Map<Integer, Described> described = new HashMap<>();

    /** A process and its parent, 0 for none. */
    private record Described(ProcessOwner owner, int parent) {}

    /** A file descriptor that led to a socket. */
    private record Place(int pid, int fd) {}

    ProcessFinder(ProcFs proc, NanoClock clock, long walkLimitNs) {
        this.proc = proc;
        this.clock = clock;
        this.walkLimitNs = walkLimitNs;
        this.allowanceAtNs = clock.nanoTime();
    }

    /** Looks at all processes, however long it takes, and remembers their sockets. */
    void survey() {
        missing.clear();
        missing.add(NO_INODE);
        visited.clear();
        try {
            for (int pid : proc.processes()) {
                look(pid);
            }
        } catch (IOException e) {
            // The first search will say so.
        }
        allowance = FILES_AT_ONCE;
    }

    /** Finds the owners of some sockets; walks once at most. */
    ProcessSearch find(Set<Long> inodes) {
        owners.clear();
        visited.clear();
        described.clear();
        missing.clear();
        missing.addAll(inodes);
        unreadable = 0;
        for (long inode : inodes) {
            tryRemembered(inode);
        }
        Coverage coverage = Coverage.COMPLETE;
        if (!missing.isEmpty()) {
            coverage = searchWithinAllowance();
        }
        return new ProcessSearch(Map.copyOf(owners), missing.isEmpty() ? Coverage.COMPLETE : coverage, unreadable);
    }

    private void tryRemembered(long inode) {
        Place place = remembered.get(inode);
        if (place == null) {
            return;
        }
        if (proc.socketInode(place.pid, place.fd) == inode) {
            found(inode, place);
        } else {
            remembered.remove(inode);
        }
    }

    private Coverage searchWithinAllowance() {
        long nowNs = clock.nanoTime();
        long earned = Math.min(nowNs - allowanceAtNs, FILES_AT_ONCE * SECOND_NS / FILES_PER_SECOND)
                * FILES_PER_SECOND
                / SECOND_NS;
        if (earned > 0) {
            allowance = Math.min(FILES_AT_ONCE, allowance + earned);
            allowanceAtNs = nowNs;
        }
        if (allowance <= 0) {
            return Coverage.PUT_OFF;
        }
        try {
            return search(nowNs + walkLimitNs);
        } catch (IOException e) {
            // No /proc to read: as good as one where nobody is seen.
            unreadable++;
            return Coverage.COMPLETE;
        }
    }

    private Coverage search(long deadlineNs) throws IOException {
        // They are few, and so are their files as a rule; time is not looked at.
        for (Integer pid : recent.toArray(Integer[]::new)) {
            if (missing.isEmpty()) {
                return Coverage.COMPLETE;
            }
            look(pid);
        }
        if (remembered.size() > REMEMBERED_MAX) {
            remembered.clear();
        }
        int[] processes = proc.processes();
        // First those that the last walk did not reach, which are also those that came since.
        for (int pid : processes) {
            if (!reached.contains(pid) && !lookInTime(pid, deadlineNs)) {
                return Coverage.CUT_SHORT;
            }
        }
        for (int pid : processes) {
            if (reached.contains(pid) && !lookInTime(pid, deadlineNs)) {
                return Coverage.CUT_SHORT;
            }
        }
        if (!missing.isEmpty()) {
            reached.clear();
        }
        return Coverage.COMPLETE;
    }

    /** Looks at a process while anything is missing; false when there is no time for it. */
    private boolean lookInTime(int pid, long deadlineNs) {
        if (missing.isEmpty()) {
            return true;
        }
        if (clock.nanoTime() - deadlineNs >= 0) {
            reached.addAll(visited);
            return false;
        }
        look(pid);
        return true;
    }

    private void look(int pid) {
        if (!visited.add(pid)) {
            return;
        }
        allowance -= FILES_PER_PROCESS;
        int[] files;
        try {
            files = proc.openFiles(pid);
        } catch (IOException e) {
            unreadable++;
            return;
        }
        for (int i = files.length - 1; i >= 0 && !missing.isEmpty(); i--) {
            allowance--;
            long inode = proc.socketInode(pid, files[i]);
            if (inode == 0) {
                continue;
            }
            Place place = new Place(pid, files[i]);
            remembered.put(inode, place);
            if (missing.contains(inode)) {
                found(inode, place);
            }
        }
    }

    private void found(long inode, Place place) {
        Place top = place;
        Described process = describe(top.pid);
        for (int i = 0; i < ANCESTORS_MAX && process.parent != 0; i++) {
            if (proc.socketInode(process.parent, place.fd) != inode) {
                break;
            }
            top = new Place(process.parent, place.fd);
            process = describe(top.pid);
        }
        owners.put(inode, process.owner);
        missing.remove(inode);
        remembered.put(inode, top);
        remember(top.pid);
    }

    /** Reads about each process once in a search, in which it may have many sockets. */
    private Described describe(int pid) {
        return described.computeIfAbsent(pid, number -> {
            ProcFs.Stat stat = proc.stat(number);
            String comm = proc.comm(number);
            String cgroup = proc.cgroup(number);
            // When the process ended meanwhile, its number may have been given anew, and the names be another's.
            boolean same = stat != null && stat.equals(proc.stat(number));
            return same
                    ? new Described(new ProcessOwner(number, comm, cgroup), stat.parent())
                    : new Described(new ProcessOwner(number, "", ""), 0);
        });
    }

    private void remember(int pid) {
        recent.remove(pid);
        recent.add(pid);
        if (recent.size() > RECENT_MAX) {
            Iterator<Integer> oldest = recent.iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
