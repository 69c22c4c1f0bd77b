package dev.weir.fuzz.targets;

import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsText;
import dev.weir.packet.dns.DnsView;
import java.util.function.Consumer;

/** {@link DnsText}: a message, every record as text. */
public final class DnsTextTarget implements FuzzTarget {
    private static final int RECORDS = 20;

    private final DnsView view = new DnsView();
    private final DnsRecord record = new DnsRecord();

    @Override
    public String name() {
        return "dns-text";
    }

    @Override
    public void read(Bytes input) {
        view.wrap(input, 0, input.length());
        record.begin(view);
        for (int i = 0; i < RECORDS && record.next(); i++) {
            Check.that(!record.toString().isEmpty(), "a record can be shown");
            DnsText.startOfAuthority(record);
        }
    }

    /** An octet takes four characters at most, and a text is built, grown and copied. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return 65_536L + RECORDS * 8_192L + 128L * inputLength;
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        DnsTarget.payloads(captures, 53, 53, sink);
    }
}
