package dev.weir.firewall;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class HangupTest {
    @Test
    void aSignalThatTheParentHasIgnoredIsTold() {
        assertTrue(Hangup.isIgnored(List.of("SigBlk:\t0000000000000000", "SigIgn:\t0000000000001001")));
        assertFalse(Hangup.isIgnored(List.of("SigIgn:\t0000000000001000", "SigCgt:\t0000000000000001")));
        assertFalse(Hangup.isIgnored(List.of("Name:\tjava")));
    }
}
