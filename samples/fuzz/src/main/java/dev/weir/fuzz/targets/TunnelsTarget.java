package dev.weir.fuzz.targets;

import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.InnermostHeaders;
import dev.weir.packet.TunnelView;
import java.util.function.Consumer;

/** {@link InnermostHeaders} and {@link TunnelView}; inputs as those of {@link HeadersTarget}. */
public final class TunnelsTarget implements FuzzTarget {
    private final Bytes packet = new Bytes();
    private final Bytes window = new Bytes();
    private final Headers outer = new Headers();
    private final Headers inner = new Headers();
    private final TunnelView tunnel = new TunnelView();
    private final InnermostHeaders innermost = new InnermostHeaders();

    @Override
    public String name() {
        return "tunnels";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() < 2) {
            return;
        }
        packet.wrap(input, 2, input.length() - 2);
        int wireLength = packet.length() + 8 * input.u8(1);
        int linkType = LinkTypes.of(input.u8(0));
        outer.decode(packet, linkType, wireLength);
        if (tunnel.wrap(packet, outer)) {
            tunnel.kind();
            tunnel.virtualNetwork();
            Check.that(tunnel.innerOffset() >= tunnel.offset(), "the inner packet is in the tunnel");
            Check.that(tunnel.offset() > outer.networkOffset(), "the tunnel is behind IP");
            Check.that(tunnel.inner(window).length() <= packet.length(), "the inner packet is in the packet");
        }
        if (inner.decodeInner(outer, packet)) {
            Check.that(inner.networkOffset() > outer.networkOffset(), "each is behind the one before");
            Check.that(inner.networkEnd() <= outer.networkEnd(), "the inner packet ends in the outer one");
        }
        HeadersTarget.check(inner, packet);
        HeadersTarget.check(innermost.decode(packet, linkType, wireLength), packet);
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        captures.packets((linkType, wireLength, bytes) -> sink.accept(LinkTypes.input(linkType, bytes)));
    }
}
