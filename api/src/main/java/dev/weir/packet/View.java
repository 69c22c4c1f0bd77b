package dev.weir.packet;

/**
 * What the views of single headers share. {@code wrap} moves a view to a header and says whether it is one: it checks
 * everything once, and afterwards no accessor can fail. When it answers false the view is of nothing, and reading it
 * throws {@link IndexOutOfBoundsException}.
 */
abstract class View {
    /** From the first byte of the header on, as far as the bytes belong to it and were captured. */
    final Bytes bytes = new Bytes();

    /**
     * Moves the window.
     *
     * @param length bytes that belong to the header and what it carries; more than were captured is no error
     * @param minimum bytes that have to be there
     * @return false when they are not; the window is then empty
     */
    final boolean begin(Bytes source, int offset, int length, int minimum) {
        if (offset >= 0 && length >= 0) {
            int there = Math.min(length, source.length() - offset);
            if (there >= minimum) {
                bytes.wrap(source, offset, there);
                return true;
            }
        }
        return none();
    }

    /** Empties the window; always false, for {@code return none()}. */
    final boolean none() {
        bytes.wrap(bytes, 0, 0);
        return false;
    }

    /** The window over the header and what of its payload was captured; valid until the view is wrapped again. */
    public final Bytes bytes() {
        return bytes;
    }

    /** Bytes of the header, options and extensions included. */
    public abstract int headerLength();

    /** Moves a window to what follows the header, as far as it was captured; empty when nothing does. */
    public final Bytes payload(Bytes window) {
        int header = Math.min(headerLength(), bytes.length());
        return window.wrap(bytes, header, bytes.length() - header);
    }
}
