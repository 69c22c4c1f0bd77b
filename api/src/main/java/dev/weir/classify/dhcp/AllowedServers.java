package dev.weir.classify.dhcp;

import dev.weir.WeirException;
import dev.weir.packet.IpAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Which servers may answer. Of a version of IP for which none is given, all may. Immutable. */
final class AllowedServers {
    private static final String DUID_PREFIX = "duid:";

    private final Set<IpAddress> addresses = new HashSet<>();
    private final Set<String> duids = new HashSet<>();
    private boolean hasV4;
    private boolean hasV6;

    /** @param texts addresses, and DUIDs as {@code duid:00:01:…} or {@code duid:0001…} */
    AllowedServers(Collection<String> texts) {
        for (String text : texts) {
            if (text.startsWith(DUID_PREFIX)) {
                duids.add(duid(text));
            } else {
                IpAddress address = IpAddress.parse(text);
                addresses.add(address);
                hasV4 |= address.version() == 4;
                hasV6 |= address.version() == 6;
            }
        }
    }

    private static String duid(String text) {
        String hex = text.substring(DUID_PREFIX.length()).replace(":", "").toLowerCase(Locale.ROOT);
        if (!hex.matches("([0-9a-f]{2})+")) {
            throw new WeirException("not a DUID: " + text + "; write duid: and its octets in hexadecimal");
        }
        return hex.replaceAll("..(?!$)", "$0:");
    }

    /** Both the address that it came from and the one that the server names must be allowed: either can be made up. */
    boolean allows4(DhcpServer server, IpAddress identifier) {
        return !hasV4 || addresses.contains(server.address()) && (identifier == null || addresses.contains(identifier));
    }

    boolean allows6(DhcpServer server) {
        return (!hasV6 || addresses.contains(server.address()))
                && (duids.isEmpty() || duids.contains(server.identifier()));
    }
}
