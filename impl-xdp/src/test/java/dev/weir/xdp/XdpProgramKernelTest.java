package dev.weir.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import dev.weir.linux.Errno;
import dev.weir.linux.Interfaces;
import dev.weir.linux.LinuxException;
import dev.weir.linux.bpf.BpfLink;
import dev.weir.linux.bpf.BpfMap;
import dev.weir.linux.bpf.BpfObject;
import dev.weir.linux.bpf.BpfProgram;
import dev.weir.linux.bpf.BpfUapi;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;
import dev.weir.testkit.lab.NetworkLabTest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The compiled object goes into this kernel, and its program onto an interface. */
@NetworkLabTest
class XdpProgramKernelTest {
    private static BpfObject open() {
        return BpfObject.open(BpfObjectsTest.class, "xdp.bpf.o");
    }

    @ParameterizedTest
    @ValueSource(ints = {BpfUapi.XDP_FLAGS_DRV_MODE, BpfUapi.XDP_FLAGS_SKB_MODE})
    void isAttachedWhileTheLinkIsOpen(int mode, NetworkLab lab) {
        LabHost here = lab.host("here");
        lab.connect(here, lab.host("there"));
        here.call(() -> {
            int index = Interfaces.require("eth0").index();
            try (BpfObject object = open().load()) {
                BpfProgram program = object.program("weir_xdp");
                try (BpfLink link = program.attachXdp(index, mode)) {
                    assertEquals(index, link.interfaceIndex());
                    assertEquals(program.id(), link.programId());
                    String shown = here.ip("-d", "link", "show", "eth0");
                    assertTrue(shown.contains("prog/xdp id " + program.id()), shown);
                    assertEquals(mode == BpfUapi.XDP_FLAGS_SKB_MODE, shown.contains("xdpgeneric"), shown);
                }
            }
            assertFalse(here.ip("-d", "link", "show", "eth0").contains("prog/xdp"));
            return null;
        });
    }

    @Test
    void aSecondOneIsRefused(NetworkLab lab) {
        LabHost here = lab.host("here");
        lab.connect(here, lab.host("there"));
        here.call(() -> {
            int index = Interfaces.require("eth0").index();
            try (BpfObject object = open().load();
                    BpfLink first = object.program("weir_xdp").attachXdp(index, 0)) {
                LinuxException refusal = assertThrows(
                        LinuxException.class, () -> object.program("weir_xdp").attachXdp(index, 0));
                assertEquals(Errno.EBUSY, refusal.errno());
                assertEquals(index, first.interfaceIndex());
            }
            return null;
        });
    }

    @Test
    void theLinkTellsThatTheInterfaceIsGone(NetworkLab lab) {
        LabHost here = lab.host("here");
        lab.connect(here, lab.host("there"));
        here.call(() -> {
            try (BpfObject object = open().load();
                    BpfLink link = object.program("weir_xdp")
                            .attachXdp(Interfaces.require("eth0").index(), 0)) {
                here.ip("link", "delete", "eth0");
                assertEquals(0, link.interfaceIndex());
            }
            return null;
        });
    }

    @Test
    void mapsAreFoundByNameAndCanBeResized() {
        try (BpfObject object = open().resize("sockets", 4).load()) {
            BpfMap sockets = object.map("sockets");
            assertEquals(BpfUapi.BPF_MAP_TYPE_XSKMAP, sockets.type());
            assertEquals(4, sockets.maxEntries());
            assertThrows(WeirException.class, () -> object.map("nothing"));
            assertThrows(WeirException.class, () -> object.program("nothing"));
        }
    }

    /** The time of each start: 12,000 instructions are 12 ms, and a few more branches among headers make 300,000 of them. */
    @ParameterizedTest
    @CsvSource({"xdp.bpf.o, weir_xdp", "xdp.bpf.o, weir_xdp_frags", "tc.bpf.o, weir_tc", "tc.bpf.o, weir_tc_ip"})
    void theVerifierIsSoonDone(String file, String name) {
        try (BpfObject object = BpfObject.open(BpfObjectsTest.class, file).load()) {
            int followed = object.program(name).verifiedInstructions();
            assertTrue(followed > 0 && followed < 50_000, () -> followed + " instructions");
        }
    }

    @Test
    void whatIsNoObjectIsRefusedInOneLine() {
        WeirException refusal = assertThrows(
                WeirException.class,
                () -> BpfObject.open("nonsense.o", "no ELF file".getBytes(StandardCharsets.US_ASCII)));
        assertTrue(refusal.getMessage().contains("nonsense.o"), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("\n"), refusal.getMessage());
    }
}
