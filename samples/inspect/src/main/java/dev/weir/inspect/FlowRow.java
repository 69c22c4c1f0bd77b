package dev.weir.inspect;

import dev.weir.Flow;
import dev.weir.FlowState;
import dev.weir.classify.Application;

/** A row of the table: a flow, and the application behind it as last seen on the flow's thread. Any thread. */
final class FlowRow {
    private static final FlowState<FlowRow> STATE = FlowState.named("row of the table");

    private final Flow flow;
    private volatile Application application = Application.UNKNOWN;

    FlowRow(Flow flow) {
        this.flow = flow;
    }

    /** A row that {@link #update} finds again. On the flow's thread. */
    static FlowRow of(Flow flow) {
        FlowRow row = new FlowRow(flow);
        flow.put(STATE, row);
        return row;
    }

    /** Takes over what has become known of the application. On the flow's thread. */
    static void update(Flow flow) {
        Application known = flow.get(Application.STATE);
        if (known != null) {
            FlowRow row = flow.get(STATE);
            if (row != null && row.application != known) {
                row.application = known;
            }
        }
    }

    Flow flow() {
        return flow;
    }

    Application application() {
        return application;
    }
}
