package dev.weir.firewall;

import java.nio.file.Path;

/** A rule file cannot be used; the message names the file, the line and the reason. */
final class RuleFileException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param line from 1; 0 for the file as a whole */
    RuleFileException(Path file, int line, String reason) {
        super(file + (line > 0 ? ":" + line : "") + ": " + reason);
    }
}
