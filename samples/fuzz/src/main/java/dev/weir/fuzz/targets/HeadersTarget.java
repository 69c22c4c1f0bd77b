package dev.weir.fuzz.targets;

import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.util.function.Consumer;

/** {@link Headers}: link type (a byte), what the wire had more than was captured (a byte, times 8), the packet. */
public final class HeadersTarget implements FuzzTarget {
    private final Headers headers = new Headers();
    private final Bytes packet = new Bytes();

    @Override
    public String name() {
        return "headers";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() < 2) {
            return;
        }
        packet.wrap(input, 2, input.length() - 2);
        headers.decode(packet, LinkTypes.of(input.u8(0)), packet.length() + 8 * input.u8(1));
        check(headers, packet);
    }

    static void check(Headers headers, Bytes packet) {
        Check.that(headers.payloadLength() >= 0, "a payload has no negative length");
        Check.that(headers.statedPayloadLength() >= -1, "a stated length is none or not negative");
        Check.that(headers.vlanCount() <= 4, "four tags are kept");
        if (headers.isIp()) {
            Check.that(
                    headers.networkOffset() >= 0 && headers.networkOffset() < packet.length(), "IP is in the packet");
            Check.that(headers.networkEnd() >= headers.networkOffset(), "IP ends behind its beginning");
            int transport = headers.transportOffset(); // none behind extension headers that were cut off
            Check.that(transport == -1 || transport > headers.networkOffset(), "the transport is behind IP");
            Check.that(headers.payloadOffset() >= transport, "the payload is in the transport");
        } else {
            Check.that(headers.protocol() == -1 && !headers.hasPorts(), "without IP there is no transport");
        }
        if (headers.hasTransport()) {
            packet.u8(headers.payloadOffset() - 1); // within the packet, or it throws
        }
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        captures.packets((linkType, wireLength, bytes) -> sink.accept(LinkTypes.input(linkType, bytes)));
    }
}
