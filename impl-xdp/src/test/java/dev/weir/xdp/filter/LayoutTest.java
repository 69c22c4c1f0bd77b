package dev.weir.xdp.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.KernelOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Java writes and reads stands where the compiled programs have it: the objects' BTF says so. */
class LayoutTest {
    private static final Map<String, Class<?>> STRUCTS = Map.of(
            "weir_control", Layout.Control.class,
            "weir_count", Layout.Count.class,
            "weir_prefix4", Layout.Prefix4.class,
            "weir_prefix6", Layout.Prefix6.class,
            "weir_flow_key", Layout.FlowKeyStruct.class,
            "weir_flow", Layout.Flow.class);

    private static Btf btf(String object) throws IOException {
        try (InputStream in = LayoutTest.class.getResourceAsStream("/dev/weir/xdp/" + object)) {
            assertNotNull(in, object);
            return new Btf(in.readAllBytes());
        }
    }

    private static Map<String, Integer> constants(Class<?> holder) throws IllegalAccessException {
        Map<String, Integer> constants = new TreeMap<>();
        for (Field field : holder.getDeclaredFields()) {
            if (field.getType() == int.class) {
                constants.put(field.getName(), field.getInt(null));
            }
        }
        return constants;
    }

    @ParameterizedTest
    @ValueSource(strings = {"xdp.bpf.o", "tc.bpf.o"})
    void everyStructIsLaidOutAlike(String object) throws IOException, IllegalAccessException {
        Btf btf = btf(object);
        for (Map.Entry<String, Class<?>> struct : STRUCTS.entrySet()) {
            Btf.Struct there = btf.structs.get(struct.getKey());
            assertNotNull(there, () -> struct.getKey() + " is not among " + btf.structs.keySet());
            Map<String, Integer> here = constants(struct.getValue());
            assertEquals(there.bytes(), here.remove("BYTES"), struct.getKey());
            here.remove("RESERVED");
            assertTrue(here.size() >= 2, struct.getKey());
            here.forEach((name, offset) -> assertEquals(
                    there.offsets().get(name.equals("BYTE_COUNT") ? "bytes" : name.toLowerCase(Locale.ROOT)),
                    offset,
                    struct.getKey() + "." + name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xdp.bpf.o", "tc.bpf.o"})
    void everyMemberIsKnown(String object) throws IOException, IllegalAccessException {
        for (Map.Entry<String, Class<?>> struct : STRUCTS.entrySet()) {
            Map<String, Integer> here = constants(struct.getValue());
            for (String member :
                    btf(object).structs.get(struct.getKey()).offsets().keySet()) {
                String name = member.equals("bytes") ? "BYTE_COUNT" : member.toUpperCase(Locale.ROOT);
                assertTrue(member.equals("reserved") || here.containsKey(name), struct.getKey() + "." + member);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xdp.bpf.o", "tc.bpf.o"})
    void everyOutcomeHasTheSameNumber(String object) throws IOException, IllegalAccessException {
        Map<String, Integer> there = btf(object).enumerators;
        Map<String, Integer> here = constants(Layout.class);
        for (KernelOutcome outcome : KernelOutcome.values()) {
            String name = "WEIR_" + outcome.name();
            assertEquals(outcome.ordinal(), here.get(name), name);
            assertEquals(there.get(name), here.get(name), name);
        }
        assertEquals(KernelOutcome.values().length, here.get("WEIR_OUTCOMES"));
        assertEquals(there.get("WEIR_OUTCOMES"), here.get("WEIR_OUTCOMES"));
    }
}
