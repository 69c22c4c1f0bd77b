package dev.weir.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.linux.CompilerCheck;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BpfLayoutTest {
    @ParameterizedTest
    @ValueSource(strings = {"gcc", "aarch64-linux-gnu-gcc"})
    void programsAreLaidOutAsTheKernelReadsThem(String compiler) throws IOException {
        assumeTrue(CompilerCheck.isInstalled(compiler), compiler + " is not installed");
        CompilerCheck check = new CompilerCheck("linux/filter.h")
                .struct(Bpf.SockFilter.class, "struct sock_filter", "", Map.of())
                .struct(Bpf.SockFprog.class, "struct sock_fprog", "", Map.of());
        assertEquals(List.of(), check.objections(compiler));
    }
}
