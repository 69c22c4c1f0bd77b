package dev.weir.classify.http;

import dev.weir.Direction;
import dev.weir.packet.Bytes;
import dev.weir.packet.http.HttpHeadView;

/** An exchange that has begun. */
final class OpenExchange {
    private final long timestampNs;
    private final Direction clientDirection;
    private final int number;
    private String method = "";
    private String target = "";
    private String host = "";
    private String userAgent = "";
    private String referer = "";
    private int version;
    private int status;
    private String contentType = "";
    private String location = "";

    OpenExchange(long timestampNs, Direction clientDirection, int number) {
        this.timestampNs = timestampNs;
        this.clientDirection = clientDirection;
        this.number = number;
    }

    OpenExchange request(HttpHeadView head) {
        Bytes window = new Bytes();
        method = HttpHeadView.text(head.method(window));
        target = HttpHeadView.text(head.target(window));
        host = head.host(window) ? HttpHeadView.text(window) : "";
        userAgent = head.fieldText("user-agent");
        referer = head.fieldText("referer");
        version = head.version();
        return this;
    }

    OpenExchange response(HttpHeadView head) {
        status = head.status();
        contentType = head.fieldText("content-type");
        location = head.fieldText("location");
        version = version == 0 ? head.version() : version;
        return this;
    }

    HttpExchange end(long responseLength) {
        return new HttpExchange(
                timestampNs,
                clientDirection,
                number,
                method,
                target,
                host,
                userAgent,
                referer,
                version,
                status,
                contentType,
                location,
                responseLength);
    }
}
