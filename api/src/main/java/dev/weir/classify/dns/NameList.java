package dev.weir.classify.dns;

import dev.weir.WeirException;
import dev.weir.packet.dns.DnsName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Reads a file of names, one line after the other. A line is one of
 *
 * <ul>
 *   <li>{@code example.com}: that name;
 *   <li>{@code .example.com}: that name and all below it;
 *   <li>{@code *.example.com}: all below it;
 *   <li>{@code 0.0.0.0 example.com www.example.com}: these names, as in a hosts file.
 * </ul>
 *
 * <p>{@code #} begins a comment. The names that a hosts file has for the machine itself are left out.
 */
final class NameList {
    private static final Set<String> OWN_NAMES = Set.of(
            "localhost",
            "localhost.localdomain",
            "localhost4",
            "localhost6",
            "local",
            "broadcasthost",
            "ip6-localhost",
            "ip6-loopback",
            "ip6-localnet",
            "ip6-mcastprefix",
            "ip6-allnodes",
            "ip6-allrouters",
            "ip6-allhosts",
            "0.0.0.0");

    /** Takes a name and which names it stands for: kinds of {@link NameTable}. */
    @FunctionalInterface
    interface Sink {
        void name(DnsName name, int kinds);
    }

    private final Path file;
    private final int plainKinds;
    private final Sink sink;
    private long line;

    private NameList(Path file, int plainKinds, Sink sink) {
        this.file = file;
        this.plainKinds = plainKinds;
        this.sink = sink;
    }

    /**
     * Reads a file.
     *
     * @param plainKinds what a name alone in its line stands for
     * @throws WeirException when the file cannot be read or a line is no such; says which
     */
    static void read(Path file, int plainKinds, Sink sink) {
        new NameList(file, plainKinds, sink).read();
    }

    private void read() {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                line++;
                read(text);
            }
        } catch (MalformedInputException e) {
            throw new WeirException(file + ", behind line " + line + ": is not text in UTF-8", e);
        } catch (IOException | UncheckedIOException e) {
            throw new WeirException("cannot read the list of names " + file + ": " + e, e);
        }
    }

    private void read(String text) {
        int comment = text.indexOf('#');
        String rest = (comment < 0 ? text : text.substring(0, comment)).strip();
        if (rest.isEmpty()) {
            return;
        }
        String[] words = rest.indexOf(' ') < 0 && rest.indexOf('\t') < 0 ? null : rest.split("\\s+");
        if (words == null) {
            entry(rest);
        } else if (isAddress(words[0])) {
            for (int i = 1; i < words.length; i++) {
                if (!OWN_NAMES.contains(words[i])) {
                    sink.name(name(words[i]), NameTable.EXACT);
                }
            }
        } else {
            throw refused("\"" + rest + "\" is neither a name nor an address with names");
        }
    }

    private static boolean isAddress(String word) {
        char first = word.charAt(0);
        return first >= '0' && first <= '9' && word.matches("[0-9]+(\\.[0-9]+){3}")
                || word.indexOf(':') >= 0 && word.matches("[0-9a-fA-F:.%a-z0-9]+");
    }

    private void entry(String text) {
        if (text.startsWith("*.")) {
            sink.name(name(text.substring(2)), NameTable.BELOW);
        } else if (text.startsWith(".")) {
            sink.name(name(text.substring(1)), NameTable.EXACT | NameTable.BELOW);
        } else {
            sink.name(name(text), plainKinds);
        }
    }

    private DnsName name(String text) {
        try {
            DnsName name = DnsName.of(text);
            if (!name.isRoot()) {
                return name;
            }
        } catch (WeirException e) {
            throw refused(e.getMessage());
        }
        throw refused("the root stands for all names");
    }

    private WeirException refused(String why) {
        return new WeirException(file + ", line " + line + ": " + why);
    }
}
