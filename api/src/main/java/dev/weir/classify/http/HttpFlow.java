package dev.weir.classify.http;

import dev.weir.Direction;
import dev.weir.packet.http.HttpConnectionReader;
import java.util.ArrayDeque;

/** What is kept of one connection. */
final class HttpFlow {
    /** Requests without a response; a client that sends more is not told of all. */
    private static final int MAX_OPEN = 32;

    final HttpConnectionReader reader = new HttpConnectionReader();
    private final ArrayDeque<OpenExchange> open = new ArrayDeque<>(2);
    private OpenExchange answered;
    private Direction responses = Direction.REVERSE;
    private int count;

    int nextNumber() {
        return count++;
    }

    void requested(OpenExchange exchange) {
        if (open.size() < MAX_OPEN) {
            open.add(exchange);
        }
    }

    /** The oldest request without a response, or null. */
    OpenExchange oldest() {
        return open.poll();
    }

    void answering(OpenExchange exchange, Direction direction) {
        answered = exchange;
        responses = direction;
    }

    /** The exchange whose response is being read, which is then none any more; or null. */
    OpenExchange takeAnswered() {
        OpenExchange exchange = answered;
        answered = null;
        return exchange;
    }

    Direction responses() {
        return responses;
    }
}
