package dev.weir.spi;

import java.util.Objects;

/**
 * Whether something works here, found out by doing it.
 *
 * @param answer yes, no, or could not be told
 * @param cause why not, in one line that says what to do; empty for yes
 */
public record Availability(Answer answer, String cause) {
    /** It works. */
    public static final Availability YES = new Availability(Answer.YES, "");

    /** The three answers: only YES and NO are conclusive. */
    public enum Answer {
        YES,
        NO,
        UNKNOWN
    }

    public Availability {
        Objects.requireNonNull(answer, "answer");
        Objects.requireNonNull(cause, "cause");
    }

    /** It does not work here, for this cause. */
    public static Availability no(String cause) {
        return new Availability(Answer.NO, cause);
    }

    /** It could not be told, for this cause. */
    public static Availability unknown(String cause) {
        return new Availability(Answer.UNKNOWN, cause);
    }
}
