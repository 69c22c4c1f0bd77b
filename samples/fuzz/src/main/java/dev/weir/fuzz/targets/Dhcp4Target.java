package dev.weir.fuzz.targets;

import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.dhcp.Dhcp4View;
import java.util.function.Consumer;

/** {@link Dhcp4View}: every option that there can be, of a message. */
public final class Dhcp4Target implements FuzzTarget {
    private static final int CODES = 256;

    private final Dhcp4View view = new Dhcp4View();
    private final Bytes value = new Bytes();

    @Override
    public String name() {
        return "dhcp4";
    }

    @Override
    public void read(Bytes input) {
        boolean message = view.wrap(input, 0, input.length());
        Check.that(message || view.bytes().length() == 0, "what is no message has no bytes");
        view.clientMac();
        Check.that(view.hardwareAddress(value).length() <= 16, "a hardware address has 16 octets at most");
        view.transactionId();
        view.relayAddress();
        view.leaseSeconds();
        view.serverIdentifier();
        for (int code = -1; code <= CODES; code++) {
            if (view.option(code, value)) {
                Check.that(value.length() <= input.length(), "an option is not longer than its message");
                if (value.length() > 0) {
                    value.u8(value.length() - 1);
                }
            }
        }
        for (int code = 0; code < 4; code++) {
            view.relayInformation(code, value);
        }
    }

    /** The buffer for options in parts grows with the longest one seen. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return 2_048 + 8L * inputLength;
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        DnsTarget.payloads(captures, 67, 68, sink);
    }
}
