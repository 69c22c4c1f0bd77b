package dev.weir.classify.rules;

/** The kinds of content that rules look at. */
enum ContentKind {
    PAYLOAD,
    HTTP,
    TLS,
    DNS;

    /** As one bit. */
    int bit() {
        return 1 << ordinal();
    }

    static ContentKind of(ConditionType type) {
        return switch (type) {
            case PAYLOAD_REGEX -> PAYLOAD;
            case HTTP_METHOD, HTTP_HOST, HTTP_URI_REGEX, HTTP_HEADER_CONTAINS -> HTTP;
            case TLS_SNI, TLS_JA3, TLS_JA4 -> TLS;
            case DNS_QUERY -> DNS;
            default -> throw new IllegalArgumentException(type + " is not about content");
        };
    }
}
