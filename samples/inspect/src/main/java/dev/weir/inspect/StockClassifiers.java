package dev.weir.inspect;

import dev.weir.PipelineBuilder;
import dev.weir.classify.dhcp.DhcpClassifier;
import dev.weir.classify.dns.DnsClassifier;
import dev.weir.classify.http.HttpClassifier;
import dev.weir.classify.http.HttpListener;
import dev.weir.classify.tls.TlsClassifier;

/** The classifiers that say which application is behind each flow; none of them has an opinion about a packet. */
final class StockClassifiers {
    private StockClassifiers() {}

    /**
     * Adds them to a pipeline. What they learn is in the flow for every classifier that is added after them.
     *
     * @param events where each prints what was said, or null where nobody prints events
     */
    static void addTo(PipelineBuilder builder, ProtocolEvents events) {
        TlsClassifier.Builder tls = TlsClassifier.builder();
        if (events != null) {
            tls.listener(new TlsEvents(events));
        }
        HttpListener http = events == null ? HttpListener.NONE : new HttpEvents(events);
        DnsClassifier.Builder dns = DnsClassifier.builder();
        DhcpClassifier.Builder dhcp = DhcpClassifier.builder();
        if (events != null) {
            dns.listener(new DnsEvents(events));
            dhcp.listener(new DhcpEvents(events));
        }
        builder.classify(tls.build())
                .classify(dns.build())
                .classify(dhcp.build())
                .classify(new HttpClassifier(http, HttpClassifier.STANDARD_HEAD_BYTES));
    }
}
