package dev.weir.nfqueue;

/**
 * The marks by which rules tell packets of decided flows, and save the decision to the conntrack mark: 0 for none. Bits
 * outside the two stay as they are.
 */
record FlowMarks(int accept, int drop) {
    /** The mark of a packet whose flow is accepted. */
    int accepted(int mark) {
        return mark & ~(accept | drop) | accept;
    }

    /** The mark of a packet whose flow is dropped. */
    int dropped(int mark) {
        return mark & ~(accept | drop) | drop;
    }

    /** True when the packet was given the mark of dropped flows before. */
    boolean isDropped(int mark) {
        return drop != 0 && (mark & (accept | drop)) == drop;
    }
}
