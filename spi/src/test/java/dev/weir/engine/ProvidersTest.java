package dev.weir.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import org.junit.jupiter.api.Test;

class ProvidersTest {
    private final Providers providers = new Providers(getClass().getClassLoader());

    private String refusal(String backend) {
        return assertThrows(WeirException.class, () -> providers.capture(backend))
                .getMessage();
    }

    @Test
    void aBackendThatIsThereIsFound() {
        assertEquals("pcap", providers.capture("pcap").name());
    }

    @Test
    void oneOfOursThatIsMissingIsNamedWithItsArtifact() {
        assertTrue(refusal("afpacket").contains("dev.weir:weir-impl-afpacket"), refusal("afpacket"));
        assertTrue(refusal("memory").contains("dev.weir:weir-testkit"), refusal("memory"));
    }

    @Test
    void aSlipOfThePenIsNotGivenAnArtifactThatDoesNotExist() {
        assertTrue(refusal("afpaket").contains("afpaket"), refusal("afpaket"));
        assertFalse(refusal("afpaket").contains("dev.weir:"), refusal("afpaket"));
    }
}
