package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Direction;
import dev.weir.Flow;
import dev.weir.FlowKey;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * {@code --json}: one event for each thing that was said within a flow (a TLS handshake, a DNS answer, …), printed when it
 * was, before the flow's own event. Any thread.
 */
final class ProtocolEvents {
    /** Writes the fields of one protocol, into an object that is open. */
    @FunctionalInterface
    interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private final EveWriter eve;

    ProtocolEvents(EveWriter eve) {
        this.eve = eve;
    }

    /**
     * Prints one event: what all events have, then the object of the protocol, named as the event is.
     *
     * @param direction from whom to whom: {@link Direction#FORWARD} prints the flow's own source first
     */
    void print(SerializedString eventType, long timestampNs, Flow flow, Direction direction, Body body) {
        FlowKey key = direction == Direction.FORWARD ? flow.key() : flow.key().reversed();
        synchronized (eve) {
            try {
                JsonGenerator json = eve.json();
                eve.begin(eventType, timestampNs, flow.id());
                eve.tuple(key);
                json.writeFieldName(eventType);
                json.writeStartObject();
                body.write(json);
                json.writeEndObject();
                eve.end();
            } catch (IOException e) {
                throw new UncheckedIOException(e); // an Output does not throw
            }
        }
    }
}
