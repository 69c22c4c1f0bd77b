package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Flow;
import dev.weir.classify.http.HttpExchange;
import dev.weir.classify.http.HttpListener;
import java.io.IOException;

/** Events of type "http", one for each request and its response, in the names of Suricata's EVE. */
final class HttpEvents implements HttpListener {
    private static final SerializedString HTTP = new SerializedString("http");

    private final ProtocolEvents events;

    HttpEvents(ProtocolEvents events) {
        this.events = events;
    }

    @Override
    public boolean wantsExchanges() {
        return true;
    }

    @Override
    public void exchange(HttpExchange exchange, Flow flow) {
        events.print(HTTP, exchange.timestampNs(), flow, exchange.clientDirection(), json -> write(json, exchange));
    }

    private static void write(JsonGenerator json, HttpExchange exchange) throws IOException {
        text(json, "hostname", exchange.host());
        text(json, "url", exchange.target());
        text(json, "http_user_agent", exchange.userAgent());
        text(json, "http_content_type", contentType(exchange.contentType()));
        text(json, "http_refer", exchange.referer());
        text(json, "http_method", exchange.method());
        json.writeStringField("protocol", "HTTP/1." + exchange.version() % 10);
        if (exchange.status() != 0) {
            json.writeNumberField("status", exchange.status());
            text(json, "redirect", exchange.location());
        }
        json.writeNumberField("length", exchange.responseLength());
    }

    /** The type alone, without its parameters. */
    private static String contentType(String field) {
        int end = field.indexOf(';');
        return (end < 0 ? field : field.substring(0, end)).strip();
    }

    private static void text(JsonGenerator json, String name, String value) throws IOException {
        if (!value.isEmpty()) {
            json.writeStringField(name, value);
        }
    }
}
