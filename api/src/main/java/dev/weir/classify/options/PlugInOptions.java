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
        String text = text(option, standard);
        if (!text.equals("yes") && !text.equals("no")) {
            throw new WeirException(plugIn + ": " + option + " must be yes or no, not " + text);
        }
        return text.equals("yes");
    }
}
