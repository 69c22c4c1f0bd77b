package dev.weir.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.FlowKey;
import dev.weir.Protocols;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowStageTest {
    private static final FlowKey TCP = FlowKey.of(Protocols.TCP, "10.0.0.1", 1, "10.0.0.2", 2);
    private static final FlowKey UDP = FlowKey.of(Protocols.UDP, "10.0.0.1", 1, "10.0.0.2", 2);

    @ParameterizedTest
    @CsvSource({
        "02, 00, 1, 0, new,         syn_sent",
        "02, 12, 1, 1, new,         syn_recv",
        "12, 12, 2, 1, established, established",
        "10, 10, 1, 1, established, established",
        "18, 00, 1, 0, new,         none",
        "13, 12, 3, 2, established, fin_wait1",
        "13, 13, 3, 2, closed,      closed",
        "02, 14, 1, 1, closed,      closed",
        "16, 00, 2, 0, closed,      closed"
    })
    void readsTheStateOfTcpFromItsFlags(
            String forward, String reverse, int sent, int received, String stage, String state) {
        FixedFlow flow = FixedFlow.of(1, TCP, Integer.parseInt(forward, 16), Integer.parseInt(reverse, 16))
                .withPackets(sent, received);
        assertEquals(stage, FlowStage.of(flow).toString());
        assertEquals(state, FlowStage.tcpState(flow));
    }

    @ParameterizedTest
    @CsvSource({"1, 0, new", "5, 1, established"})
    void countsAnAnswerAsEstablishedElsewhere(int sent, int received, String stage) {
        FixedFlow flow = FixedFlow.of(1, UDP, 0, 0).withPackets(sent, received);
        assertEquals(stage, FlowStage.of(flow).toString());
    }
}
