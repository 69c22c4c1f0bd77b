package dev.weir.firewall;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a rule of a file has done. */
enum Action {
    DROP,
    ACCEPT,
    REJECT,
    MARK;

    /** As it is written in the file. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Action> named(String text) {
        return Arrays.stream(values())
                .filter(action -> action.text().equals(text))
                .findFirst();
    }

    static List<String> texts() {
        return Arrays.stream(values()).map(Action::text).toList();
    }
}
