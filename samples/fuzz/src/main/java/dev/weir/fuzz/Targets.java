package dev.weir.fuzz;

import dev.weir.WeirException;
import dev.weir.fuzz.targets.CaptureFileTarget;
import dev.weir.fuzz.targets.ClassicFilterTarget;
import dev.weir.fuzz.targets.Dhcp4Target;
import dev.weir.fuzz.targets.Dhcp6Target;
import dev.weir.fuzz.targets.DnsTarget;
import dev.weir.fuzz.targets.DnsTextTarget;
import dev.weir.fuzz.targets.FragmentsTarget;
import dev.weir.fuzz.targets.HeadersTarget;
import dev.weir.fuzz.targets.HttpTarget;
import dev.weir.fuzz.targets.NetlinkTarget;
import dev.weir.fuzz.targets.QuicTarget;
import dev.weir.fuzz.targets.RegexTarget;
import dev.weir.fuzz.targets.StreamsTarget;
import dev.weir.fuzz.targets.TlsTarget;
import dev.weir.fuzz.targets.TunnelsTarget;
import dev.weir.fuzz.targets.ViewsTarget;
import java.util.List;
import java.util.stream.Collectors;

/** All targets. */
public final class Targets {
    private Targets() {}

    /** New instances, one line each, in order of name. */
    public static List<FuzzTarget> all() {
        return List.of(
                new CaptureFileTarget(), //
                new ClassicFilterTarget(),
                new Dhcp4Target(),
                new Dhcp6Target(),
                new DnsTarget(),
                new DnsTextTarget(),
                new FragmentsTarget(),
                new HeadersTarget(),
                new HttpTarget(),
                new NetlinkTarget(),
                new QuicTarget(),
                new RegexTarget(),
                new StreamsTarget(),
                new TlsTarget(),
                new TunnelsTarget(),
                new ViewsTarget());
    }

    /** @throws WeirException when there is none of this name */
    public static FuzzTarget named(String name) {
        return all().stream()
                .filter(target -> target.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new WeirException("there is no fuzz target \"" + name + "\"; there are "
                        + all().stream().map(FuzzTarget::name).collect(Collectors.joining(", "))));
    }
}
