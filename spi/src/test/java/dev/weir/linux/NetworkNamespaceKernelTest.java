package dev.weir.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("kernel")
@Timeout(30)
class NetworkNamespaceKernelTest {
    private static String identity() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    }

    @Test
    void aNewNamespaceHasALoopbackAndNothingElse() throws IOException {
        String outside = identity();
        try (NetworkNamespace namespace = NetworkNamespace.create()) {
            assertNotEquals(outside, namespace.call(NetworkNamespaceKernelTest::identity));
            List<NetworkInterface> inside = namespace.call(Interfaces::all);
            assertEquals("lo", inside.get(0).name());
            assertFalse(inside.get(0).isUp());
            namespace.call(() -> {
                Interfaces.setUp("lo");
                return null;
            });
            assertTrue(namespace.call(() -> Interfaces.require("lo").isUp()));
            assertEquals(outside, identity(), "the calling thread stays where it was");
        }
    }

    @Test
    void aThreadOfTheNamespaceRunsInside() throws Exception {
        try (NetworkNamespace namespace = NetworkNamespace.create()) {
            AtomicReference<String> seen = new AtomicReference<>();
            Thread thread = namespace.newThread("inside", () -> {
                try {
                    seen.set(identity());
                } catch (IOException e) {
                    seen.set(e.toString());
                }
            });
            thread.start();
            thread.join();
            assertEquals(namespace.call(NetworkNamespaceKernelTest::identity), seen.get());
        }
    }

    @Test
    void whatATaskThrowsArrives() {
        try (NetworkNamespace namespace = NetworkNamespace.create()) {
            assertThrows(
                    IllegalStateException.class,
                    () -> namespace.call(() -> {
                        throw new IllegalStateException();
                    }));
            WeirException wrapped = assertThrows(
                    WeirException.class,
                    () -> namespace.call(() -> {
                        throw new IOException("disk on fire");
                    }));
            assertTrue(wrapped.getMessage().contains("disk on fire"));
        }
    }
}
