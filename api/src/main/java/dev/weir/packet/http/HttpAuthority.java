package dev.weir.packet.http;

import dev.weir.packet.Bytes;

/** Finds whom a request asks for. */
final class HttpAuthority {
    private HttpAuthority() {}

    /** Moves the window to the host's name or address; IPv6 addresses keep their brackets. */
    static boolean find(HttpHeadView head, Bytes window) {
        head.target(window);
        int length = window.length();
        int start = 0;
        if (length > 0 && !head.isMethod("CONNECT")) {
            start = behindScheme(window);
            if (start < 0) {
                if (head.hostField() < 0) {
                    window.wrap(window, 0, 0);
                    return false;
                }
                head.fieldValue(head.hostField(), window);
                length = window.length();
                start = 0;
            }
        }
        int end = start;
        while (end < length && !endsAuthority(window.u8(end))) {
            if (window.u8(end) == '@') {
                start = end + 1; // user information is none of the host
            }
            end++;
        }
        int hostEnd = start;
        boolean inBrackets = false;
        while (hostEnd < end && (inBrackets || window.u8(hostEnd) != ':')) {
            int value = window.u8(hostEnd++);
            inBrackets = value == '[' || inBrackets && value != ']';
        }
        window.wrap(window, start, hostEnd - start);
        return window.length() > 0;
    }

    private static boolean endsAuthority(int value) {
        return value == '/' || value == '?' || value == '#';
    }

    /** Where the authority of "scheme://authority/path" begins, or -1 where the target has none. */
    private static int behindScheme(Bytes target) {
        int at = 0;
        while (at < target.length() && HttpText.isToken(target.u8(at))) {
            at++;
        }
        return at > 0 && HttpText.mayBegin(target, at, target.length(), "://") && target.length() > at + 3
                ? at + 3
                : -1;
    }
}
