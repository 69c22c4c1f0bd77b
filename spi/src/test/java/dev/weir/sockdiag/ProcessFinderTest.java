package dev.weir.sockdiag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.sockdiag.ProcessSearch.Coverage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFinderTest {
    private static final long LIMIT_NS = 1_000_000;

    @TempDir
    private Path directory;

    private FakeProc proc;
    private long nowNs;
    /** How much time every look at the clock takes; one look for each process. */
    private long tickNs;

    private ProcessFinder finder;

    @BeforeEach
    void make() throws IOException {
        proc = new FakeProc(directory).process(1, 0, "init");
        finder = new ProcessFinder(proc.files(), () -> nowNs += tickNs, LIMIT_NS);
    }

    private static ProcessOwner owner(int pid, String comm) {
        return new ProcessOwner(pid, comm, "/system.slice/" + comm + ".service");
    }

    @Test
    void severalSocketsAreFoundInOneSearch() throws IOException {
        proc.process(50, 1, "client").socket(50, 3, 1001);
        proc.process(40, 1, "server").socket(40, 4, 1002).socket(40, 5, 1003);
        ProcessSearch search = finder.find(Set.of(1001L, 1003L, 9999L));
        assertEquals(Map.of(1001L, owner(50, "client"), 1003L, owner(40, "server")), search.owners());
        assertEquals(Coverage.COMPLETE, search.coverage());
        assertEquals(0, search.unreadable());
    }

    @Test
    void ofAFamilyThatSharesASocketTheOldestIsTold() throws IOException {
        proc.process(40, 1, "master").socket(40, 6, 1001);
        proc.process(50, 40, "helper").socket(50, 6, 1001);
        proc.process(60, 50, "worker").socket(60, 6, 1001).socket(60, 7, 1002);
        ProcessSearch search = finder.find(Set.of(1001L, 1002L));
        assertEquals(Map.of(1001L, owner(40, "master"), 1002L, owner(60, "worker")), search.owners());
    }

    @Test
    void whatIsRememberedIsNotBelievedUnseen() throws IOException {
        proc.process(50, 1, "first").socket(50, 3, 1001);
        assertEquals(
                Map.of(1001L, owner(50, "first")), finder.find(Set.of(1001L)).owners());
        proc.close(50, 3);
        proc.process(30, 1, "second").socket(30, 3, 1001);
        assertEquals(
                Map.of(1001L, owner(30, "second")), finder.find(Set.of(1001L)).owners());
        proc.end(30);
        assertEquals(Map.of(), finder.find(Set.of(1001L)).owners());
    }

    @Test
    void aNumberGivenAnewBelongsToTheNewProcess() throws IOException {
        proc.process(50, 1, "first").socket(50, 3, 1001);
        finder.find(Set.of(1001L));
        proc.end(50);
        proc.process(50, 1, "second").socket(50, 3, 1002);
        assertEquals(Map.of(), finder.find(Set.of(1001L)).owners());
        assertEquals(
                Map.of(1002L, owner(50, "second")), finder.find(Set.of(1002L)).owners());
    }

    @Test
    void aWalkEndsAtItsTimeLimitAndTheNextOneGoesOn() throws IOException {
        proc.process(10, 1, "old").socket(10, 3, 1010);
        for (int pid = 100; pid < 200; pid++) {
            proc.process(pid, 1, "busy");
        }
        tickNs = LIMIT_NS / 40;
        assertEquals(Coverage.CUT_SHORT, finder.find(Set.of(1010L)).coverage());
        proc.process(300, 1, "young").socket(300, 3, 1300);
        ProcessSearch second = finder.find(Set.of(1010L, 1300L));
        assertEquals(Map.of(1300L, owner(300, "young")), second.owners());
        assertEquals(Coverage.CUT_SHORT, second.coverage());
        ProcessSearch third = finder.find(Set.of(1010L));
        assertEquals(Map.of(1010L, owner(10, "old")), third.owners());
        assertEquals(Coverage.COMPLETE, third.coverage());
    }

    @Test
    void tooMuchSearchingIsPutOffUntilThereIsLeaveAgain() {
        int searches = 0;
        while (finder.find(Set.of(9999L)).coverage() != Coverage.PUT_OFF) {
            searches++;
            assertTrue(searches < 100_000, "never put off");
        }
        assertTrue(searches > 1_000, searches + " searches through one process were too many");
        nowNs += 1_000_000L;
        assertEquals(Coverage.COMPLETE, finder.find(Set.of(9999L)).coverage());
    }

    @Test
    void aMissingProcDirectoryIsAsIfNothingCouldBeRead() {
        ProcessFinder lost = new ProcessFinder(new ProcFs(directory.resolve("missing")), () -> nowNs, LIMIT_NS);
        assertEquals(Map.of(), lost.find(Set.of(1L)).owners());
    }
}
