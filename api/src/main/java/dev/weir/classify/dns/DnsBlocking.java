package dev.weir.classify.dns;

/** What becomes of a message that has something blocked in it. */
public enum DnsBlocking {
    /**
     * It is dropped: the client waits, asks again, and gives up after some seconds. Over TCP the rest of the connection is
     * dropped as well.
     */
    DROP,
    /** It is rejected: a query's sender gets an ICMP error, over TCP a reset, and gives up at once. Needs a backend that can. */
    REJECT,
    /**
     * The client is told that the name does not exist. Queries pass; in the server's answer everything but the question is
     * taken away and the response code becomes NXDOMAIN. So the answer must come this way too, and the question does reach
     * the server. Over UDP, on backends that can replace packets (NFQUEUE); where that cannot be done (other backends,
     * answers over TCP or in fragments) the answer is dropped.
     */
    NXDOMAIN
}
