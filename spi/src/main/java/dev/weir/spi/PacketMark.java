package dev.weir.spi;

import dev.weir.WeirException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A value under a mask in the mark that the kernel keeps beside a packet ({@code skb->mark}), written as iptables has it:
 * {@code 0x2/0x2}, or {@code 2} for the whole mark.
 *
 * @param value without bits outside of the mask
 * @param mask 0 for none
 */
public record PacketMark(int value, int mask) {
    /** No mark. */
    public static final PacketMark NONE = new PacketMark(0, 0);

    /** What {@link dev.weir.OptionSpec#allowed} says of an option that is read by {@link #of}. */
    public static final String ALLOWED = "a mark, or mark/mask, such as 0x2/0x2";

    private static final Pattern FORM =
            Pattern.compile("(0x[0-9a-fA-F]{1,8}|[0-9]{1,10})(?:/(0x[0-9a-fA-F]{1,8}|[0-9]{1,10}))?");

    /**
     * The value of an option; {@link #NONE} when it is empty.
     *
     * @throws WeirException when it is no mark, has bits outside of its mask, or an empty mask
     */
    public static PacketMark of(Options options, String name) {
        String text = options.text(name);
        if (text.isEmpty()) {
            return NONE;
        }
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw options.refused(name, text);
        }
        long value = Long.decode(decimal(matcher.group(1)));
        long mask = matcher.group(2) == null ? 0xffff_ffffL : Long.decode(decimal(matcher.group(2)));
        if (mask == 0 || value > 0xffff_ffffL || mask > 0xffff_ffffL || (value & ~mask) != 0) {
            throw options.refused(name, text);
        }
        return new PacketMark((int) value, (int) mask);
    }

    /** Leading zeros would mean an octal number. */
    private static String decimal(String number) {
        return number.startsWith("0x") ? number : number.replaceFirst("^0+(?=.)", "");
    }

    public boolean isNone() {
        return mask == 0;
    }

    /** True when both change a bit. */
    public boolean overlaps(PacketMark other) {
        return (mask & other.mask) != 0;
    }

    /** As it is written: {@code 0x2/0x2}. */
    @Override
    public String toString() {
        return "0x%x/0x%x".formatted(value, mask);
    }
}
