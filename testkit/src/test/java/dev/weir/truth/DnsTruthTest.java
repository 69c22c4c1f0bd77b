package dev.weir.truth;

import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.classify.dns.DnsClassifier;
import dev.weir.classify.dns.DnsListener;
import dev.weir.packet.IpAddress;
import dev.weir.packet.dns.DnsName;
import dev.weir.packet.dns.DnsRecord;
import dev.weir.packet.dns.DnsType;
import dev.weir.packet.dns.DnsView;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** DNS of every capture, through the pipeline with reassembly and tunnels, beside what tshark reads. */
class DnsTruthTest {
    private static final Set<Integer> PORTS = Set.of(53, 8053);

    @Test
    void everyMessageIsReadAsTsharkReadsItOrTheDifferenceIsExplained() {
        TruthTable truth = new TruthTable("dns");
        for (String capture : truth.captures()) {
            truth.compare(capture, new Reading().of(truth.file(capture)));
        }
        truth.finish(60);
    }

    /** Reads one capture. */
    private static final class Reading extends CaptureReading implements DnsListener {
        private final Map<Integer, String[]> rows = new TreeMap<>();
        private final DnsRecord record = new DnsRecord();
        private final DnsName name = new DnsName();

        Map<Integer, String[]> of(Path file) {
            read(file, DnsClassifier.builder().listener(this).ports(PORTS).build());
            return rows;
        }

        @Override
        public void message(DnsView message, Packet packet, Flow flow) {
            String[] row = {String.format("0x%04x", message.id()), "", "", "", "", "", "", ""};
            row[1] = message.isResponse() ? "1" : "0";
            row[2] = message.isResponse() ? Integer.toString(message.responseCode()) : "";
            record.begin(message);
            while (record.next()) {
                if (record.isQuestion()) {
                    add(row, 3, record.name(name).isRoot() ? "<Root>" : name.toString());
                    add(row, 4, Integer.toString(record.type()));
                } else if (record.addressVersion() != 0) {
                    int version = record.addressVersion();
                    String text = IpAddress.format(version, record.addressHigh(), record.addressLow());
                    add(row, version == 4 ? 5 : 6, text);
                } else if (record.type() == DnsType.CNAME && record.target(name)) {
                    add(row, 7, name.toString());
                }
            }
            rows.merge(frame(), row, Reading::joined);
        }

        private static void add(String[] row, int field, String value) {
            row[field] = row[field].isEmpty() ? value : row[field] + "|" + value;
        }

        /** Several messages in one segment. */
        private static String[] joined(String[] first, String[] second) {
            String[] joined = first.clone();
            for (int i = 0; i < joined.length; i++) {
                if (!second[i].isEmpty()) {
                    add(joined, i, second[i]);
                }
            }
            return joined;
        }
    }
}
