package dev.weir.spi;

import dev.weir.WeirException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A capture's name, taken apart: {@code backend:target?option=value&…}. In target and values, {@code %} and two
 * hexadecimal digits stand for a byte (UTF-8), so that {@code ?}, {@code &} and {@code %} can be written; a {@code +} is
 * itself.
 *
 * @param backend what stands before the first colon
 * @param target what stands between it and the first question mark
 * @param options in the order given; an option without {@code =} has an empty value
 */
public record CaptureName(String backend, String target, Map<String, String> options) {
    public CaptureName {
        options = Map.copyOf(options);
    }

    /**
     * Takes a name apart.
     *
     * @param more options to add; one that the name has too is refused
     * @throws WeirException when it has not that form
     */
    public static CaptureName parse(String name, Map<String, String> more) {
        int colon = name.indexOf(':');
        if (colon <= 0) {
            throw new WeirException("a capture is named backend:what?option=value&…, for example afpacket:eth0 or"
                    + " pcap:trace.pcapng, not \"" + name + "\"");
        }
        int question = name.indexOf('?', colon);
        String target = decode(name, name.substring(colon + 1, question < 0 ? name.length() : question));
        Map<String, String> options = new LinkedHashMap<>();
        if (question >= 0 && question + 1 < name.length()) {
            for (String part : name.substring(question + 1).split("&")) {
                int equals = part.indexOf('=');
                String option = equals < 0 ? part : part.substring(0, equals);
                put(name, options, option, equals < 0 ? "" : decode(name, part.substring(equals + 1)));
            }
        }
        more.forEach((option, value) -> put(name, options, option, value));
        return new CaptureName(name.substring(0, colon), target, options);
    }

    private static void put(String name, Map<String, String> options, String option, String value) {
        if (option.isEmpty()) {
            throw new WeirException(
                    "an option without a name in \"" + name + "\"; options are name=value, joined by &");
        }
        if (options.put(option, value) != null) {
            throw new WeirException("the option " + option + " is given twice in \"" + name + "\"");
        }
    }

    private static String decode(String name, String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(in.length);
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out.put(in[i]);
                continue;
            }
            int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw new WeirException("a % must be followed by two hexadecimal digits in \"" + name
                        + "\"; write %25 for the sign itself");
            }
            out.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new WeirException("the % signs in \"" + name + "\" do not spell UTF-8", e);
        }
    }
}
