package dev.weir.classify.options;

import dev.weir.WeirException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads the options that a user gave a plug-in.
 *
 * @param plugIn whose they are, for messages
 * @param given as {@link dev.weir.ClassifierProvider#create} gets them
 */
public record PlugInOptions(String plugIn, Map<String, String> given) {
    /** What an option says, or the standard. */
    public String text(String option, String standard) {
        return given.getOrDefault(option, standard);
    }

    /** The words of an option, which blanks separate; none when it was not given. */
    public List<String> words(String option) {
        return Arrays.stream(text(option, "").split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /**
     * Whether an option says yes.
     *
     * @throws WeirException for what is neither yes nor no
     */
    public boolean isYes(String option, String standard) {
        return choice(option, standard, "yes", "no").equals("yes");
    }

    /**
     * Which of several words an option says, or the standard.
     *
     * @throws WeirException for any other
     */
    public String choice(String option, String standard, String... allowed) {
        String text = text(option, standard);
        if (!List.of(allowed).contains(text)) {
            int last = allowed.length - 1;
            String first = String.join(", ", Arrays.copyOf(allowed, last));
            throw wrong(option, first + " or " + allowed[last], text);
        }
        return text;
    }

    /**
     * The number that an option says, or the standard.
     *
     * @throws WeirException for what is no number from {@code least} to {@code most}
     */
    public int number(String option, int standard, int least, int most) {
        return number(option, text(option, Integer.toString(standard)), least, most);
    }

    /**
     * The numbers that an option says, which blanks separate; none when it was not given.
     *
     * @throws WeirException when one of them is no number from {@code least} to {@code most}
     */
    public List<Integer> numbers(String option, int least, int most) {
        return words(option).stream()
                .map(word -> number(option, word, least, most))
                .toList();
    }

    private int number(String option, String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(option, "a number from " + least + " to " + most, text);
    }

    private WeirException wrong(String option, String allowed, String text) {
        return new WeirException(plugIn + ": " + option + " must be " + allowed + ", not " + text);
    }
}
