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
 * together takes {@value #SHARE_PERCENT} % of one processor at most, a fruitless one counts {@value #FRUITLESS_WEIGHT}
 * times; what is over is put off. For one thread.
 */
final class ProcessFinder {
    static final int SHARE_PERCENT = 25;
    static final int FRUITLESS_WEIGHT = 4;

    private static final int REMEMBERED_MAX = 65_536;
    private static final int RECENT_MAX = 8;
    private static final int ANCESTORS_MAX = 32;
    private static final long ALLOWANCE_MAX_NS = 400_000_000;

    private final ProcFs proc;
    private final NanoClock clock;
    private final long walkLimitNs;
    private final Map<Long, Place> remembered = new HashMap<>();
    private final LinkedHashSet<Integer> recent = new LinkedHashSet<>();
    private long allowanceNs = ALLOWANCE_MAX_NS;
    private long allowanceAtNs;
    /** Where the last walk ended, 0 when it saw everything; and the youngest process that it saw. */
    private int resumeBelow;

    private int seenUpTo;

    // Of the search under way.
    private final Map<Long, ProcessOwner> owners = new HashMap<>();
    private final Set<Long> missing = new HashSet<>();
    private final Set<Integer> visited = new HashSet<>();
    private int unreadable;

    /** A file descriptor that led to a socket. */
    private record Place(int pid, int fd) {}

    ProcessFinder(ProcFs proc, NanoClock clock, long walkLimitNs) {
        this.proc = proc;
        this.clock = clock;
        this.walkLimitNs = walkLimitNs;
        this.allowanceAtNs = clock.nanoTime();
    }

    /** Finds the owners of some sockets; walks once at most. */
    ProcessSearch find(Set<Long> inodes) {
        owners.clear();
        visited.clear();
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
        long startNs = clock.nanoTime();
        allowanceNs = Math.min(ALLOWANCE_MAX_NS, allowanceNs + (startNs - allowanceAtNs) * SHARE_PERCENT / 100);
        allowanceAtNs = startNs;
        if (allowanceNs <= 0) {
            return Coverage.PUT_OFF;
        }
        int missingBefore = missing.size();
        Coverage coverage = Coverage.COMPLETE;
        try {
            coverage = search(startNs + walkLimitNs);
        } catch (IOException e) {
            // No /proc to read: as good as one where nobody is seen.
            unreadable++;
        }
        long tookNs = clock.nanoTime() - startNs;
        allowanceNs -= missing.size() < missingBefore ? tookNs : tookNs * FRUITLESS_WEIGHT;
        return coverage;
    }

    private Coverage search(long deadlineNs) throws IOException {
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
        if (resumeBelow == 0) {
            return walk(processes, Integer.MAX_VALUE, 0, deadlineNs);
        }
        // First those that came since the last walk, then those that it did not reach, then those that it saw.
        int below = resumeBelow;
        int upTo = seenUpTo;
        Coverage coverage = walk(processes, Integer.MAX_VALUE, upTo + 1, deadlineNs);
        if (coverage == Coverage.COMPLETE) {
            coverage = walk(processes, below, 0, deadlineNs);
        }
        return coverage == Coverage.COMPLETE ? walk(processes, upTo + 1, below, deadlineNs) : coverage;
    }

    /** Looks at the processes below a number and down to another one. */
    private Coverage walk(int[] processes, int below, int downTo, long deadlineNs) {
        for (int pid : processes) {
            if (pid >= below || pid < downTo || pid == 0) {
                continue;
            }
            if (missing.isEmpty()) {
                return Coverage.COMPLETE;
            }
            if (clock.nanoTime() - deadlineNs >= 0) {
                resumeBelow = pid + 1;
                seenUpTo = processes[0];
                return Coverage.CUT_SHORT;
            }
            look(pid);
        }
        resumeBelow = 0;
        return Coverage.COMPLETE;
    }

    private void look(int pid) {
        if (!visited.add(pid)) {
            return;
        }
        int[] files;
        try {
            files = proc.openFiles(pid);
        } catch (IOException e) {
            unreadable++;
            return;
        }
        for (int i = files.length - 1; i >= 0; i--) {
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
        for (int i = 0; i < ANCESTORS_MAX; i++) {
            int parent = proc.parent(top.pid);
            if (parent == 0 || proc.socketInode(parent, place.fd) != inode) {
                break;
            }
            top = new Place(parent, place.fd);
        }
        String comm = proc.comm(top.pid);
        String cgroup = proc.cgroup(top.pid);
        // Only when the socket is there still do the names belong to its process: a number may be given anew meanwhile.
        boolean same = proc.socketInode(top.pid, top.fd) == inode;
        owners.put(inode, new ProcessOwner(top.pid, same ? comm : "", same ? cgroup : ""));
        missing.remove(inode);
        remembered.put(inode, top);
        remember(top.pid);
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
