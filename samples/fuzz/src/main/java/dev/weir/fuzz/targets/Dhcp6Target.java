package dev.weir.fuzz.targets;

import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.dhcp.Dhcp6Option;
import dev.weir.packet.dhcp.Dhcp6View;
import java.util.function.Consumer;

/** {@link Dhcp6View} and {@link Dhcp6Option}: a message, its options and those within them, and what relays added. */
public final class Dhcp6Target implements FuzzTarget {
    private final Dhcp6View view = new Dhcp6View();
    private final Dhcp6Option option = new Dhcp6Option();
    private final Dhcp6Option within = new Dhcp6Option();
    private final Bytes value = new Bytes();

    @Override
    public String name() {
        return "dhcp6";
    }

    @Override
    public void read(Bytes input) {
        boolean message = view.wrap(input, 0, input.length());
        Check.that(message || view.messageType() == 0, "what is no message has no type");
        view.transactionId();
        view.option(Dhcp6Option.CLIENT_ID, value);
        walk(view.options());
        for (int i = 0; i < view.relayCount(); i++) {
            view.relayHops(i);
            view.linkAddressLow(i);
            view.peerAddressHigh(i);
            walk(view.relayOptions(i));
        }
        Check.that(view.relayCount() <= Dhcp6View.MAX_RELAYS, "relays have a bound");
    }

    private void walk(Bytes options) {
        option.begin(options);
        int left = options.length();
        while (option.next()) {
            left -= 4 + option.dataLength();
            Check.that(left >= 0, "options are in the message");
            option.data(value);
            Check.that(value.length() == option.dataLength(), "data is as long as it says");
            option.associationId();
            within.begin(option.options());
            while (within.next()) {
                Check.that(within.prefixLength() >= -1 && within.prefixLength() <= 255, "a prefix has a length");
                within.addressLow();
                within.validSeconds();
                within.preferredSeconds();
                within.statusCode();
            }
        }
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        DnsTarget.payloads(captures, 546, 547, sink);
    }
}
