package dev.weir;

/**
 * Something the caller can act on: a wrong option, a missing right, a file that cannot be read, an interface that is
 * not there. The message is one line and says what to do; programs may print it as it is.
 */
public class WeirException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WeirException(String message) {
        super(message);
    }

    public WeirException(String message, Throwable cause) {
        super(message, cause);
    }
}
