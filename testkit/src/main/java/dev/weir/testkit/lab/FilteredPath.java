package dev.weir.testkit.lab;

/**
 * Where an inline filter stands: a client, a server, and between them a host that forwards. They reach each other through
 * it alone, by both versions of IP. The filter's first interface is towards the client, its second towards the server.
 *
 * @param client default route through the filter
 * @param filter forwards
 * @param server default route through the filter
 */
public record FilteredPath(LabHost client, LabHost filter, LabHost server) {
    /** Adds the three hosts, called as here, to a lab. */
    public static FilteredPath in(NetworkLab lab) {
        FilteredPath path = new FilteredPath(lab.host("client"), lab.host("filter"), lab.host("server"));
        lab.connect(path.client, path.filter);
        lab.connect(path.filter, path.server);
        path.filter.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        route(path.client, path.filter.interfaces().get(0));
        route(path.server, path.filter.interfaces().get(1));
        return path;
    }

    private static void route(LabHost host, LabInterface gateway) {
        host.ip("route", "add", "default", "via", gateway.ipv4());
        host.ip("-6", "route", "add", "default", "via", gateway.ipv6());
    }

    /**
     * Runs {@code iptables} and {@code ip6tables} on the filter.
     *
     * @param arguments separated by single spaces, for example {@code -A FORWARD -p udp -j NFQUEUE}
     */
    public void iptables(String arguments) {
        filter.run(("iptables -w 5 " + arguments).split(" "));
        filter.run(("ip6tables -w 5 " + arguments).split(" "));
    }
}
