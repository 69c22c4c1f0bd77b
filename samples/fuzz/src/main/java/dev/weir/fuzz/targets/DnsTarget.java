package dev.weir.fuzz.targets;

import dev.weir.LinkType;
import dev.weir.Protocols;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.dns.DnsName;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsSection;
import dev.weir.packet.dns.DnsView;
import java.util.function.Consumer;

/** {@link DnsView} and all that can be read of its records without text: a message. */
public final class DnsTarget implements FuzzTarget {
    private final DnsView view = new DnsView();
    private final DnsRecord record = new DnsRecord();
    private final DnsName name = new DnsName();
    private final DnsName other = new DnsName();
    private final Bytes value = new Bytes();

    @Override
    public String name() {
        return "dns";
    }

    @Override
    public void read(Bytes input) {
        boolean message = view.wrap(input, 0, input.length());
        view.responseCode();
        view.udpPayloadSize();
        view.ednsOption(8, value);
        record.begin(view);
        int count = 0;
        while (record.next()) {
            count++;
            record(message);
        }
        Check.that(count == view.recordCount(), "all records that were counted are walked over");
        Check.that(view.end() <= view.bytes().length(), "the records are in the message");
        Check.that(message || count == 0, "what is no message has no records");
    }

    private void record(boolean message) {
        Check.that(message, "a record is in a message");
        record.name(name);
        Check.that(name.length() <= DnsName.MAX_LENGTH && name.labelCount() <= DnsName.MAX_LABELS, "a name has bounds");
        for (int i = 1; i < name.labelCount(); i++) {
            Check.that(name.labelStart(i) > name.labelStart(i - 1), "labels stand one behind the other");
        }
        Check.that(name.text().length() == name.length(), "the text is as long as the name");
        other.set(name);
        Check.that(other.equals(name) && other.compareTo(name) == 0, "a copy is the same name");
        record.nameAddress();
        Check.that(record.data(value).length() == record.dataLength(), "the data is in the message");
        record.addressHigh();
        record.addressLow();
        record.timeToLiveSeconds();
        record.priority();
        record.weight();
        record.port();
        record.serviceParameter(4, value);
        if (record.target(other)) {
            Check.that(record.section() != DnsSection.QUESTION, "a question has no data");
        }
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        payloads(captures, 53, 53, sink);
    }

    /** What captures have over UDP from or to two ports. */
    static void payloads(Captures captures, int port, int otherPort, Consumer<byte[]> sink) {
        Headers headers = new Headers();
        captures.packets((linkType, wireLength, bytes) -> {
            headers.decode(bytes, linkType, wireLength);
            int destination = headers.destinationPort();
            int source = headers.sourcePort();
            boolean wanted = destination == port || destination == otherPort || source == port || source == otherPort;
            int length = Math.min(headers.payloadLength(), bytes.length() - headers.payloadOffset());
            if (linkType == LinkType.ETHERNET && headers.protocol() == Protocols.UDP && wanted && length > 0) {
                sink.accept(
                        new Bytes().wrap(bytes, headers.payloadOffset(), length).toByteArray());
            }
        });
    }
}
