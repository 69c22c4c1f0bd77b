package dev.weir.sockdiag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.linux.CompilerCheck;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InetDiagLayoutTest {
    private static final Map<String, String> SAME = Map.of();

    @ParameterizedTest
    @ValueSource(strings = {"gcc", "aarch64-linux-gnu-gcc"})
    void constantsAreWhatTheKernelHeadersSay(String compiler) throws IOException {
        assumeTrue(CompilerCheck.isInstalled(compiler), compiler + " is not installed");
        CompilerCheck check = new CompilerCheck(
                        "netinet/tcp.h",
                        "linux/sock_diag.h",
                        "linux/inet_diag.h",
                        "linux/rtnetlink.h",
                        "linux/if_addr.h")
                .sameNames(InetDiag.class)
                .sameNames(InetDiag.Route.class)
                .sameNames(SocketState.class)
                .struct(InetDiag.SockId.class, "struct inet_diag_sockid", "idiag_", SAME)
                .struct(
                        InetDiag.ReqV2.class,
                        "struct inet_diag_req_v2",
                        "idiag_",
                        Map.of("FAMILY", "sdiag_family", "PROTOCOL", "sdiag_protocol", "ID", "id"))
                .struct(InetDiag.Msg.class, "struct inet_diag_msg", "idiag_", Map.of("ID", "id"))
                .struct(InetDiag.IfAddrMsg.class, "struct ifaddrmsg", "ifa_", SAME);
        assertTrue(check.assertions() > 35, () -> "only " + check.assertions() + " constants were looked at");
        assertEquals(List.of(), check.objections(compiler));
    }
}
