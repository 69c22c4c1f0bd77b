package dev.weir.truth;

import dev.weir.Flow;
import dev.weir.FlowState;
import dev.weir.Pipeline;
import dev.weir.TunnelPolicy;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.classify.http.HttpClassifier;
import dev.weir.classify.http.HttpExchange;
import dev.weir.classify.http.HttpListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** HTTP/1 of every capture, through the pipeline with reassembly, beside what tshark reads: a row is a whole connection. */
class HttpTruthTest {
    @Test
    void everyConnectionIsReadAsTsharkReadsItOrTheDifferenceIsExplained() {
        TruthTable truth = new TruthTable("http");
        for (String capture : truth.captures()) {
            truth.compare(capture, new Reading().of(truth.file(capture)));
        }
        truth.finish(20);
    }

    /** Reads one capture. */
    private static final class Reading implements HttpListener {
        private final FlowState<Integer> firstFrame = FlowState.named("first frame");
        private final Map<Integer, List<HttpExchange>> connections = new TreeMap<>();
        private int frame;

        /** By the connection's first frame: methods, hosts, targets and statuses of its exchanges, in their order. */
        Map<Integer, String[]> of(Path file) {
            String path = file.toString().replace("%", "%25").replace("?", "%3f");
            try (Pipeline pipeline = Pipeline.from("pcap:" + path)
                    .advisory()
                    .tunnels(TunnelPolicy.INNERMOST)
                    .classify((packet, flow) -> {
                        frame++;
                        if (flow != null && flow.get(firstFrame) == null) {
                            flow.put(firstFrame, frame);
                        }
                        return Verdict.CONTINUE;
                    })
                    .classify(new HttpClassifier(this, HttpClassifier.STANDARD_HEAD_BYTES))
                    .open()) {
                pipeline.run();
            } catch (WeirException e) {
                // a file that ends in the middle of a packet, or is none: what was read until then counts
            }
            Map<Integer, String[]> rows = new TreeMap<>();
            connections.forEach((first, exchanges) -> rows.put(first, row(exchanges)));
            return rows;
        }

        private static String[] row(List<HttpExchange> exchanges) {
            exchanges.sort(Comparator.comparingInt(HttpExchange::number));
            return new String[] {
                joined(exchanges, HttpExchange::method),
                joined(exchanges, HttpExchange::host),
                joined(exchanges, HttpExchange::target),
                joined(exchanges, exchange -> exchange.status() == 0 ? "" : Integer.toString(exchange.status()))
            };
        }

        private static String joined(List<HttpExchange> exchanges, Function<HttpExchange, String> field) {
            return exchanges.stream()
                    .map(field)
                    .filter(value -> !value.isEmpty())
                    .collect(Collectors.joining("|"));
        }

        @Override
        public boolean wantsExchanges() {
            return true;
        }

        @Override
        public void exchange(HttpExchange exchange, Flow flow) {
            connections
                    .computeIfAbsent(flow.get(firstFrame), first -> new ArrayList<>())
                    .add(exchange);
        }
    }
}
