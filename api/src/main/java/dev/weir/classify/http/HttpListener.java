package dev.weir.classify.http;

import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.Packet;
import dev.weir.packet.http.HttpHeadView;

/** Is told of HTTP messages. Called on the flow's thread, by several threads at once where there are several workers. */
public interface HttpListener {
    /** Listens to nothing. */
    HttpListener NONE = new HttpListener() {};

    /**
     * The head of a request or of a response is there.
     *
     * @param head valid during the call only; nothing is allocated for it
     * @param packet the packet that completed it
     */
    default void head(HttpHeadView head, Direction direction, Packet packet, Flow flow) {}

    /** False to have {@link #exchange} not called; nothing is then allocated for exchanges. Asked once. */
    default boolean wantsExchanges() {
        return false;
    }

    /**
     * A request was answered as a whole, or will not be any more, as its connection has ended. What is told is allocated for
     * the purpose, about half a kilobyte and the texts in it, and may be kept.
     */
    default void exchange(HttpExchange exchange, Flow flow) {}
}
