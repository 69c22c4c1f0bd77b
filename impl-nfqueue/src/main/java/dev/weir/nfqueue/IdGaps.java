package dev.weir.nfqueue;

/**
 * Counts packets that got an id and did not come. The kernel gives ids in order, then puts the packet into our socket;
 * where that is full, the id is gone. So a step over ids is a loss, and what lies behind the last packet that came shows
 * when the kernel says which id it gave last.
 */
final class IdGaps {
    private int lastId;
    private int givenId;
    private boolean socketWasEmpty;
    private long missing;

    /** A packet came. Ids begin at 1 when a queue is bound, and wrap around. */
    void came(int id) {
        int step = id - lastId;
        if (step > 0) {
            missing += step - 1;
            lastId = id;
        }
    }

    /** The socket was found empty. */
    void empty() {
        socketWasEmpty = true;
    }

    /**
     * The kernel says which id it gave last. What it said the time before must have come, if the socket was empty since;
     * what it says now may still be on its way into the socket.
     */
    void given(int id) {
        if (socketWasEmpty) {
            settle(givenId);
        }
        givenId = id;
        socketWasEmpty = false;
    }

    /** Nothing up to this id comes any more. */
    void settle(int id) {
        int step = id - lastId;
        if (step > 0) {
            missing += step;
            lastId = id;
        }
    }

    long missing() {
        return missing;
    }
}
