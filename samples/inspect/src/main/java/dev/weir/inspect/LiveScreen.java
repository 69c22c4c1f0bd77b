package dev.weir.inspect;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Draws on the terminal's alternate screen, so that what was on it is back afterwards. */
final class LiveScreen {
    // ECMA-48 control sequences, and xterm's private modes 1049 (alternate screen) and 25 (cursor)
    private static final String ENTER = "\033[?1049h\033[?25l";
    private static final String LEAVE = "\033[?25h\033[?1049l";
    private static final String HOME = "\033[H";
    private static final String CLEAR_LINE_REST = "\033[K";
    private static final String CLEAR_SCREEN_REST = "\033[J";

    private final Output output;
    private boolean shown;

    LiveScreen(Output output) {
        this.output = output;
    }

    /** Shows these lines and nothing else; they must fit. */
    void draw(List<String> lines) {
        StringBuilder text = new StringBuilder();
        if (!shown) {
            shown = true;
            text.append(ENTER);
        }
        text.append(HOME);
        text.append(String.join(CLEAR_LINE_REST + "\r\n", lines));
        text.append(CLEAR_LINE_REST).append(CLEAR_SCREEN_REST);
        send(text.toString());
    }

    /** Gives the terminal back as it was; does nothing when nothing was drawn. */
    void leave() {
        if (shown) {
            shown = false;
            send(LEAVE);
        }
    }

    private void send(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        output.write(bytes, 0, bytes.length);
        output.flush();
    }
}
