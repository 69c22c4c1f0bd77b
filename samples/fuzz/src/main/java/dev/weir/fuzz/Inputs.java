package dev.weir.fuzz;

import dev.weir.WeirException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The inputs that are kept with a target: what was found once, and what is hard to find. One in a line as hexadecimal
 * digits in {@code inputs/NAME.hex}; a line that begins with # says what the next one is about.
 */
final class Inputs {
    private Inputs() {}

    /** None when there is no file. */
    static List<byte[]> keptOf(FuzzTarget target) {
        List<byte[]> inputs = new ArrayList<>();
        String name = "inputs/" + target.name() + ".hex";
        try (InputStream file = Inputs.class.getResourceAsStream(name)) {
            if (file == null) {
                return inputs;
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    inputs.add(HexFormat.of().parseHex(line.strip()));
                }
            }
            return inputs;
        } catch (IOException | IllegalArgumentException e) {
            throw new WeirException(name + " cannot be read: " + e.getMessage(), e);
        }
    }
}
