package dev.weir.truth;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.classify.dhcp.DhcpClassifier;
import dev.weir.classify.dhcp.DhcpListener;
import dev.weir.packet.Bytes;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dhcp.Dhcp4View;
import dev.weir.packet.dhcp.DhcpOption;
import dev.weir.packet.dhcp.DhcpText;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** DHCP for IPv4 of every capture, through the pipeline, beside what tshark reads. */
class DhcpTruthTest {
    private static final int ETHERNET = 1;

    @Test
    void everyMessageIsReadAsTsharkReadsItOrTheDifferenceIsExplained() {
        TruthTable truth = new TruthTable("dhcp");
        for (String capture : truth.captures()) {
            truth.compare(capture, new Reading().of(truth.file(capture)));
        }
        truth.finish(20);
    }

    /** Reads one capture. */
    private static final class Reading extends CaptureReading implements DhcpListener {
        private final Map<Integer, String[]> rows = new TreeMap<>();
        private final Bytes value = new Bytes();

        Map<Integer, String[]> of(Path file) {
            read(file, DhcpClassifier.builder().listener(this).build());
            return rows;
        }

        @Override
        public void message(Dhcp4View message, Packet packet, Flow flow) {
            String mac = message.clientMac() < 0 ? "" : DhcpText.mac(message.clientMac());
            // tshark's field has the address in a client identifier of type Ethernet as well
            if (message.option(DhcpOption.CLIENT_IDENTIFIER, value) && value.length() == 7 && value.u8(0) == ETHERNET) {
                mac += "|" + DhcpText.octets(new Bytes().wrap(value, 1, 6));
            }
            rows.put(frame(), new String[] {
                Integer.toString(message.operation()),
                String.format("0x%08x", message.transactionId()),
                message.messageType() == 0 ? "" : Integer.toString(message.messageType()),
                mac,
                IpAddress.format(4, 0, message.yourAddress() & 0xffff_ffffL),
                message.hostName()
            });
        }
    }
}
