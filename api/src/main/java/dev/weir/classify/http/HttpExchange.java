package dev.weir.classify.http;

import dev.weir.Direction;

/**
 * A request and its response. Texts are as they were sent, one character a byte; empty where there was none.
 *
 * @param timestampNs of the packet that completed the request's head, or the response's where no request was seen
 * @param clientDirection which way the request went
 * @param number of the exchange within its connection, from 0
 * @param method of the request; empty where none was seen
 * @param target of the request
 * @param host whom the request asks for, without a port
 * @param userAgent of the request
 * @param referer of the request
 * @param version 10 or 11: of the request, or of the response where no request was seen
 * @param status of the response; 0 where there was none
 * @param contentType of the response
 * @param location of the response: where it leads to
 * @param responseLength bytes of the response's body that were seen
 */
public record HttpExchange(
        long timestampNs,
        Direction clientDirection,
        int number,
        String method,
        String target,
        String host,
        String userAgent,
        String referer,
        int version,
        int status,
        String contentType,
        String location,
        long responseLength) {}
