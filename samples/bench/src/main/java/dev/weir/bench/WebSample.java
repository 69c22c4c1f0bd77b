package dev.weir.bench;

import dev.weir.WeirException;

/**
 * What wrk measured in one window.
 *
 * @param socketErrors of connecting, reading and writing
 * @param badAnswers with a status that is not 2xx or 3xx
 * @param timeouts requests that took longer than two seconds
 */
record WebSample(
        double requestsPerSecond, double p50Us, double p99Us, long socketErrors, long badAnswers, long timeouts) {
    private static final String MARKER = "REPORT ";

    /** Reads the line that the script of ours has wrk print. */
    static WebSample of(String output) {
        int at = output.indexOf(MARKER);
        if (at < 0) {
            throw new WeirException("wrk printed no report: " + output);
        }
        String line = output.substring(at + MARKER.length());
        long durationUs = Measurement.number(line, "duration_us");
        return new WebSample(
                Measurement.number(line, "requests") * 1e6 / durationUs,
                Measurement.number(line, "p50_us"),
                Measurement.number(line, "p99_us"),
                Measurement.number(line, "socket_errors"),
                Measurement.number(line, "bad_answers"),
                Measurement.number(line, "timeouts"));
    }

    long errors() {
        return socketErrors + badAnswers + timeouts;
    }
}
