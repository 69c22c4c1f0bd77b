package dev.weir.classify.rules;

import dev.weir.WeirException;

/** Ports from one to another, both included, 0..65,535. */
record PortRange(int first, int last) {
    static final int MAX_PORT = 65_535;

    /**
     * {@code 80} or {@code 8000-8080}.
     *
     * @throws WeirException for anything else
     */
    static PortRange parse(String text) {
        String[] ends = text.split("-", 2);
        int first = port(ends[0], text);
        int last = ends.length == 1 ? first : port(ends[1], text);
        if (last < first) {
            throw refused(text);
        }
        return new PortRange(first, last);
    }

    private static int port(String number, String text) {
        if (!number.strip().matches("[0-9]{1,5}")) {
            throw refused(text);
        }
        int port = Integer.parseInt(number.strip());
        if (port > MAX_PORT) {
            throw refused(text);
        }
        return port;
    }

    private static WeirException refused(String text) {
        return new WeirException("\"" + text + "\" is neither a port (0 to 65535) nor a range of ports (8000-8080)");
    }
}
