package dev.weir;

/** Why a flow left the table. */
public enum FlowEnd {
    /** TCP ended: both sides sent FIN, or one sent RST. */
    CLOSED,
    /** No packet for the idle time of {@link FlowLimits}. */
    IDLE,
    /** The table was full and this was the flow longest without a packet among those looked at. */
    TABLE_FULL,
    /** The pipeline ended. */
    PIPELINE_CLOSED
}
