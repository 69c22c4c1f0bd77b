package dev.weir.firewall;

import java.util.List;

/**
 * A rule as the file has it, each part with the line where it stands.
 *
 * @param line where the rule begins
 * @param id unique in the file
 * @param conditions all of which have to hold; none for every packet
 * @param action what becomes of such packets
 * @param forFlow true when it holds for the rest of the flow, both directions, too; null when the file does not say
 * @param mark for {@link Action#MARK}
 * @param mask bits of the mark that are set
 */
record RuleText(
        int line, String id, List<ConditionText> conditions, Action action, Boolean forFlow, int mark, int mask) {
    /**
     * A condition as the file has it.
     *
     * @param line where its type stands
     * @param layer 3, 4 or 7; 0 when the file does not say
     * @param type as written
     * @param values any of which is enough
     */
    record ConditionText(int line, int layer, String type, List<String> values) {}
}
