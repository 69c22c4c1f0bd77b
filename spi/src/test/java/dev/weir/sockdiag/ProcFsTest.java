package dev.weir.sockdiag;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcFsTest {
    @TempDir
    private Path directory;

    @Test
    void processesAreListedTheYoungestFirst() throws IOException {
        FakeProc proc =
                new FakeProc(directory).process(9, 1, "a").process(1, 0, "init").process(100, 9, "b");
        assertArrayEquals(new int[] {100, 9, 1}, proc.files().processes());
    }

    @Test
    void afterTheNumbersStartedOverTheYoungestIsTheOneGivenLast() throws IOException {
        FakeProc proc = new FakeProc(directory)
                .process(1, 0, "init")
                .process(300, 1, "young")
                .process(310, 1, "youngest")
                .process(32_000, 1, "old")
                .process(32_700, 1, "younger");
        proc.lastProcess(311);
        assertArrayEquals(new int[] {310, 300, 1, 32_700, 32_000}, proc.files().processes());
    }

    @ParameterizedTest
    @CsvSource({"'0.20 0.18 0.12 1/80 11206\n',11206", "'',2147483647", "nonsense,2147483647"})
    void theNumberGivenLastEndsTheLoadAverages(String line, int last) {
        assertEquals(last, ProcFs.parseLastProcess(line));
    }

    @Test
    void openFilesAreListedAndSocketsTold() throws IOException {
        FakeProc proc = new FakeProc(directory).process(7, 1, "a").socket(7, 10, 4_294_967_295L);
        ProcFs files = proc.files();
        assertArrayEquals(new int[] {0, 2, 10}, files.openFiles(7));
        assertEquals(4_294_967_295L, files.socketInode(7, 10));
        assertEquals(0, files.socketInode(7, 2), "a pipe");
        assertEquals(0, files.socketInode(7, 11), "closed");
    }

    @Test
    void aProcessThatEndedIsEmpty() throws IOException {
        ProcFs files = new FakeProc(directory).files();
        assertArrayEquals(new int[0], files.openFiles(4711));
        assertEquals(0, files.socketInode(4711, 3));
        assertEquals("", files.comm(4711));
        assertEquals("", files.cgroup(4711));
        assertNull(files.stat(4711));
    }

    @ParameterizedTest
    @CsvSource({
        "socket:[123],123",
        "socket:[0],0",
        "socket:[],0",
        "socket:[12,0",
        "socket:[-1x],0",
        "socket:[99999999999999999999],0",
        "pipe:[123],0",
        "/tmp/socket:[1],0"
    })
    void onlyALinkToASocketHasAnInode(String link, long inode) {
        assertEquals(inode, ProcFs.parseSocket(link));
    }

    @ParameterizedTest
    @ValueSource(strings = {"42 (bash) ", "42 (a) b) (c) ", "42 () "})
    void theFieldsOfStatComeAfterTheLastParenthesis(String start) {
        String fields = "S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 11 12\n";
        assertEquals(new ProcFs.Stat(7, 98_765), ProcFs.Stat.parse(start + fields));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "42 (bash", "42 (bash) S 7", "42 (bash) S x 42 42 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 y"})
    void aStatThatIsCutShortIsNone(String line) {
        assertNull(ProcFs.Stat.parse(line));
    }

    @Test
    void theCgroupIsThatOfVersion2() {
        assertEquals("/user.slice/a:b", ProcFs.parseCgroup("4:memory:/m\n1:name=systemd:/s\n0::/user.slice/a:b\n"));
        assertEquals("/s", ProcFs.parseCgroup("4:memory:/m\n1:name=systemd:/s\n"));
        assertEquals("/m", ProcFs.parseCgroup("4:memory:/m\n3:cpu,cpuacct:/c\n"));
        assertEquals("", ProcFs.parseCgroup(""));
        assertEquals("", ProcFs.parseCgroup("nonsense\n"));
    }
}
