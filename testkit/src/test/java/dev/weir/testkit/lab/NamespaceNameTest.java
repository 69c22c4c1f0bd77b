package dev.weir.testkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class NamespaceNameTest {
    @Test
    void aNameSaysWhoseItIs() {
        NamespaceName own = NamespaceName.ofThisProcess(7, "client");

        assertEquals(ProcessHandle.current().pid(), own.pid());
        assertTrue(own.startTicks() > 0);
        assertEquals(Optional.of(own), NamespaceName.parse(own.toString()));
        assertFalse(own.isOrphan());
    }

    @Test
    void anotherProcessOfTheSameNumberDoesNotOwnIt() {
        NamespaceName own = NamespaceName.ofThisProcess(7, "client");

        assertTrue(new NamespaceName(own.pid(), own.startTicks() - 1, 7, "client").isOrphan());
        assertTrue(new NamespaceName(4_194_305, 1, 7, "client").isOrphan(), "beyond the largest process number");
    }

    @Test
    void namesOfOthersAreNotOurs() {
        for (String other : new String[] {
            "", "weir", "weir-afp-a", "weir-1-2-3", "weir-1-2-3-", "weir-1-2-3-A", "xweir-1-2-3-a", "weir-1-2-3-a b"
        }) {
            assertEquals(Optional.empty(), NamespaceName.parse(other), other);
        }
    }
}
