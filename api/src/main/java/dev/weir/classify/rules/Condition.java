package dev.weir.classify.rules;

import dev.weir.WeirException;
import java.util.List;
import java.util.Objects;

/**
 * One condition of a rule.
 *
 * @param type what it looks at
 * @param values any of which is enough; as text, in the form that the type describes; one or more
 */
public record Condition(ConditionType type, List<String> values) {
    /** @throws WeirException when there is no value */
    public Condition {
        Objects.requireNonNull(type, "type");
        values = List.copyOf(values);
        if (values.isEmpty()) {
            throw new WeirException(type.text() + " needs one value or more");
        }
    }

    /** As rules are written: the type and its values. */
    @Override
    public String toString() {
        return type.text() + " " + String.join(" ", values);
    }
}
