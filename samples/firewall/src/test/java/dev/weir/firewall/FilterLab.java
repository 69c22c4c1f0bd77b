package dev.weir.firewall;

import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.NetworkLab;

/** A client and a server, and a filter through which they reach each other. */
record FilterLab(LabHost client, LabHost filter, LabHost server) {
    static FilterLab in(NetworkLab lab) {
        LabHost client = lab.host("client");
        LabHost filter = lab.host("filter");
        LabHost server = lab.host("server");
        lab.connect(client, filter);
        lab.connect(filter, server);
        filter.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        FilterLab made = new FilterLab(client, filter, server);
        made.route(client, 0);
        made.route(server, 1);
        return made;
    }

    private void route(LabHost host, int side) {
        host.ip("route", "add", "default", "via", filter.interfaces().get(side).ipv4());
        host.ip(
                "-6",
                "route",
                "add",
                "default",
                "via",
                filter.interfaces().get(side).ipv6());
    }
}
