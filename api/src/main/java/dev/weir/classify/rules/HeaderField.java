package dev.weir.classify.rules;

import java.util.List;

/** The fields of a packet's headers that rules look at. */
enum HeaderField {
    SOURCE(ConditionType.IP_SRC_IN),
    DESTINATION(ConditionType.IP_DST_IN),
    PROTOCOL(ConditionType.PROTOCOL),
    SOURCE_PORT(ConditionType.TCP_SRC_PORT, ConditionType.UDP_SRC_PORT),
    DESTINATION_PORT(ConditionType.TCP_DST_PORT, ConditionType.UDP_DST_PORT);

    private final List<ConditionType> types;

    HeaderField(ConditionType... types) {
        this.types = List.of(types);
    }

    /** True when a rule has a condition about this field. */
    boolean isIn(Rule rule) {
        return types.stream().anyMatch(type -> rule.condition(type) != null);
    }
}
