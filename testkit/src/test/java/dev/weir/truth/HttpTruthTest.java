package dev.weir.truth;

import dev.weir.Flow;
import dev.weir.FlowState;
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
    private static final class Reading extends CaptureReading implements HttpListener {
        private final FlowState<Integer> firstFrame = FlowState.named("first frame");
        private final Map<Integer, List<HttpExchange>> connections = new TreeMap<>();

        /** By the connection's first frame: methods, hosts, targets and statuses of its exchanges, in their order. */
        Map<Integer, String[]> of(Path file) {
            read(file, new HttpClassifier(this, HttpClassifier.STANDARD_HEAD_BYTES));
            Map<Integer, String[]> rows = new TreeMap<>();
            connections.forEach((first, exchanges) -> rows.put(first, row(exchanges)));
            return rows;
        }

        @Override
        void begin(Flow flow) {
            if (flow != null && flow.get(firstFrame) == null) {
                flow.put(firstFrame, frame());
            }
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
