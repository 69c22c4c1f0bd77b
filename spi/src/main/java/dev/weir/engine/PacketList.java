package dev.weir.engine;

/** The packets of one queue that are out, in the order of arrival, linked through themselves. For the queue's owner. */
final class PacketList {
    private InFlight oldest;
    private InFlight youngest;

    /** The oldest whose deadline has not been looked at. */
    private InFlight nextToExpire;

    InFlight oldest() {
        return oldest;
    }

    boolean isEmpty() {
        return oldest == null;
    }

    /** The oldest whose deadline has not been looked at, or null. */
    InFlight nextToExpire() {
        return nextToExpire;
    }

    /** The deadline of {@link #nextToExpire()} has been looked at. */
    void expired() {
        nextToExpire = nextToExpire.newer;
    }

    void add(InFlight packet) {
        packet.listed = true;
        packet.newer = null;
        packet.older = youngest;
        if (youngest == null) {
            oldest = packet;
        } else {
            youngest.newer = packet;
        }
        youngest = packet;
        if (nextToExpire == null) {
            nextToExpire = packet;
        }
    }

    /** Takes a packet out, if it is here. */
    void remove(InFlight packet) {
        if (!packet.listed) {
            return;
        }
        packet.listed = false;
        if (packet == nextToExpire) {
            nextToExpire = packet.newer;
        }
        if (packet.older == null) {
            oldest = packet.newer;
        } else {
            packet.older.newer = packet.newer;
        }
        if (packet.newer == null) {
            youngest = packet.older;
        } else {
            packet.newer.older = packet.older;
        }
        packet.older = null;
        packet.newer = null;
    }

    /** True when a packet's verdict has not been carried out. */
    boolean hasUndone() {
        for (InFlight packet = oldest; packet != null; packet = packet.newer) {
            if (packet.carriedOut == null) {
                return true;
            }
        }
        return false;
    }
}
