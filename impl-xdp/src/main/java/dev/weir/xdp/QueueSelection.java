package dev.weir.xdp;

import dev.weir.WeirException;
import dev.weir.spi.Options;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which receive queues of an interface: all, or a list such as {@code 0-3,6}.
 *
 * @param listed ascending; null for all
 */
record QueueSelection(TreeSet<Integer> listed) {
    private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(-(\\d{1,5}))?");
    private static final int MAX_QUEUE = 65_535;

    /** More sockets and threads than anybody has processors. */
    private static final int MOST = 256;

    static QueueSelection parse(Options options, String option) {
        String text = options.text(option);
        if (text.equals("all")) {
            return new QueueSelection(null);
        }
        TreeSet<Integer> queues = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            if (!range.matches()) {
                throw options.refused(option, text);
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(3) == null ? first : Integer.parseInt(range.group(3));
            if (last < first || last > MAX_QUEUE || queues.size() + last - first >= MOST) {
                throw options.refused(option, text);
            }
            for (int queue = first; queue <= last; queue++) {
                queues.add(queue);
            }
        }
        return new QueueSelection(queues);
    }

    static QueueSelection of(int queue) {
        return new QueueSelection(new TreeSet<>(java.util.Set.of(queue)));
    }

    /**
     * The queues to open.
     *
     * @param present how many the interface has now
     * @throws WeirException when one is listed that it has not
     */
    int[] among(int present, String interfaceName) {
        if (listed == null) {
            return java.util.stream.IntStream.range(0, Math.min(present, MOST)).toArray();
        }
        if (listed.last() >= present) {
            throw new WeirException("the interface " + interfaceName + " has no receive queue " + listed.last()
                    + ", only " + (present == 1 ? "0" : "0 to " + (present - 1)) + "; `ethtool -L` changes how many");
        }
        return listed.stream().mapToInt(Integer::intValue).toArray();
    }
}
