package dev.weir.classify.http;

import dev.weir.Classifier;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowEnd;
import dev.weir.FlowState;
import dev.weir.Packet;
import dev.weir.Verdict;
import dev.weir.classify.Application;
import dev.weir.packet.Bytes;
import dev.weir.packet.http.HttpConnectionReader.Step;
import dev.weir.packet.http.HttpHeadView;
import dev.weir.stream.StreamBytes;
import dev.weir.stream.StreamClassifier;
import dev.weir.stream.StreamEnd;
import dev.weir.stream.StreamInspector;
import dev.weir.stream.StreamOptions;
import java.util.Objects;

/**
 * Reads HTTP/1 in TCP connections, on any port: names the flow's {@link Application} with its first request, and tells a
 * listener of heads and of exchanges. It has no opinion about packets. A connection whose first bytes are something else is
 * left alone from there on.
 *
 * <p>One instance may serve all workers. A connection costs about half a kilobyte; a message allocates nothing but what the
 * listener asks for.
 */
public final class HttpClassifier implements Classifier {
    /** The longest head that is read when nothing else is said: 16 KiB. */
    public static final int STANDARD_HEAD_BYTES = 16_384;

    private final HttpListener listener;
    private final boolean exchanges;
    private final FlowState<HttpFlow> state = FlowState.named("http");
    private final ThreadLocal<HttpHeadView> heads = ThreadLocal.withInitial(HttpHeadView::new);
    private final StreamClassifier streams;

    /**
     * Tells a listener.
     *
     * @param headBytes the longest head that is read; a connection with a longer one is left alone from there on
     */
    public HttpClassifier(HttpListener listener, int headBytes) {
        this.listener = Objects.requireNonNull(listener, "listener");
        exchanges = listener.wantsExchanges();
        streams = new StreamClassifier(new Connection(), StreamOptions.DEFAULT.withBytesPerDirection(headBytes));
    }

    @Override
    public Verdict classify(Packet packet, Flow flow) {
        return streams.classify(packet, flow);
    }

    @Override
    public void flowEnded(Flow flow, FlowEnd end) {
        streams.flowEnded(flow, end);
        HttpFlow http = flow.get(state);
        if (http != null) {
            finish(http, flow);
            for (OpenExchange exchange = http.oldest(); exchange != null; exchange = http.oldest()) {
                listener.exchange(exchange.end(0), flow);
            }
        }
    }

    private void finish(HttpFlow http, Flow flow) {
        OpenExchange answered = http.takeAnswered();
        if (answered != null) {
            listener.exchange(answered.end(http.reader.bodyLength(http.responses())), flow);
        }
    }

    private final class Connection implements StreamInspector {
        /** Each turn consumes something, ends a message, or is the last. */
        @Override
        public Verdict inspect(StreamBytes stream, Packet packet, Flow flow) {
            HttpFlow http = flow.get(state);
            if (http == null) {
                http = new HttpFlow();
                flow.put(state, http);
            }
            HttpHeadView head = heads.get();
            Direction direction = stream.direction();
            Bytes bytes = stream.bytes();
            int at = 0;
            Step step;
            do {
                step = http.reader.read(direction, bytes, at, bytes.length() - at, head);
                at += http.reader.consumed(direction);
                if (step == Step.HEAD) {
                    head(head, http, direction, packet, flow);
                } else if (step == Step.END && exchanges && direction == http.responses()) {
                    finish(http, flow);
                }
            } while (step == Step.HEAD || step == Step.END);
            stream.consume(at);
            if (step == Step.OVER || stream.end() == StreamEnd.GAP || stream.end() == StreamEnd.LIMIT && at == 0) {
                stream.enough();
            }
            return Verdict.CONTINUE;
        }
    }

    private void head(HttpHeadView head, HttpFlow http, Direction direction, Packet packet, Flow flow) {
        if (flow.get(Application.STATE) == null) {
            Bytes window = new Bytes();
            String host = head.host(window) ? HttpHeadView.text(window) : "";
            Application.of("http", host).keepIn(flow);
        }
        listener.head(head, direction, packet, flow);
        if (!exchanges) {
            return;
        }
        if (head.isRequest()) {
            http.requested(new OpenExchange(packet.timestampNs(), direction, http.nextNumber()).request(head));
        } else if (head.status() / 100 != 1 || head.status() == 101) {
            OpenExchange exchange = http.oldest();
            if (exchange == null) {
                exchange = new OpenExchange(packet.timestampNs(), direction.opposite(), http.nextNumber());
            }
            http.answering(exchange.response(head), direction);
        }
    }
}
