package dev.weir.linux.bpf;

import dev.weir.linux.netlink.Netlink;
import dev.weir.linux.netlink.NetlinkSocket;
import dev.weir.linux.netlink.NetlinkWriter;

/** Counts the traffic control filters of an interface, through rtnetlink. */
final class TcFilters {
    /** {@code linux/rtnetlink.h}. */
    private static final int RTM_NEWTFILTER = 44;

    private static final int RTM_GETTFILTER = 46;

    /** {@code struct tcmsg}. */
    private static final int TCMSG_BYTES = 20;

    private static final int TCMSG_IFINDEX = 4;
    private static final int TCMSG_PARENT = 12;

    private static final int REQUEST_BYTES = 64;
    private static final long PATIENCE_NS = 2_000_000_000L;

    private TcFilters() {}

    /** On both sides of clsact, whoever made them. */
    static int count(int interfaceIndex) {
        int[] count = {0};
        try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE, "rtnetlink")) {
            NetlinkWriter request = new NetlinkWriter(REQUEST_BYTES);
            for (ClsactHook.Direction direction : ClsactHook.Direction.values()) {
                request.reset().begin(RTM_GETTFILTER, Netlink.NLM_F_DUMP, socket.nextSequence());
                int message = request.extend(TCMSG_BYTES);
                request.bytes().putInt(message + TCMSG_IFINDEX, interfaceIndex);
                request.bytes().putInt(message + TCMSG_PARENT, direction.parent);
                request.end();
                socket.dump(
                        "RTM_GETTFILTER",
                        request,
                        answer -> count[0] += answer.type() == RTM_NEWTFILTER ? 1 : 0,
                        PATIENCE_NS);
            }
        }
        return count[0];
    }
}
