package dev.weir.packet.dns;

/** Types of records, response codes and operation codes (IANA registry "Domain Name System (DNS) Parameters"). */
public final class DnsType {
    public static final int A = 1;
    public static final int NS = 2;
    public static final int CNAME = 5;
    public static final int SOA = 6;
    public static final int NULL = 10;
    public static final int PTR = 12;
    public static final int MX = 15;
    public static final int TXT = 16;
    public static final int AAAA = 28;
    public static final int SRV = 33;
    public static final int DNAME = 39;
    public static final int OPT = 41;
    public static final int SSHFP = 44;
    public static final int SVCB = 64;
    public static final int HTTPS = 65;
    public static final int SPF = 99;
    public static final int ANY = 255;

    private static final String[] NAMES = new String[262];
    private static final String[] RESPONSE_CODES = {
        "NOERROR",
        "FORMERR",
        "SERVFAIL",
        "NXDOMAIN",
        "NOTIMP",
        "REFUSED",
        "YXDOMAIN",
        "YXRRSET",
        "NXRRSET",
        "NOTAUTH",
        "NOTZONE",
        "DSOTYPENI",
        "RCODE12",
        "RCODE13",
        "RCODE14",
        "RCODE15",
        "BADVERS",
        "BADKEY",
        "BADTIME",
        "BADMODE",
        "BADNAME",
        "BADALG",
        "BADTRUNC",
        "BADCOOKIE"
    };

    static {
        name(1, "A", "NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "NULL", "WKS", "PTR", "HINFO", "MINFO", "MX");
        name(
                16, "TXT", "RP", "AFSDB", "X25", "ISDN", "RT", "NSAP", "NSAPPTR", "SIG", "KEY", "PX", "GPOS", "AAAA",
                "LOC");
        name(30, "NXT", "EID", "NIMLOC", "SRV", "ATMA", "NAPTR", "KX", "CERT", "A6", "DNAME", "SINK", "OPT", "APL");
        name(
                43,
                "DS",
                "SSHFP",
                "IPSECKEY",
                "RRSIG",
                "NSEC",
                "DNSKEY",
                "DHCID",
                "NSEC3",
                "NSEC3PARAM",
                "TLSA",
                "SMIMEA");
        name(55, "HIP", "NINFO", "RKEY", "TALINK", "CDS", "CDNSKEY", "OPENPGPKEY", "CSYNC", "ZONEMD", "SVCB", "HTTPS");
        name(99, "SPF", "UINFO", "UID", "GID", "UNSPEC", "NID", "L32", "L64", "LP", "EUI48", "EUI64");
        name(
                249,
                "TKEY",
                "TSIG",
                "IXFR",
                "AXFR",
                "MAILB",
                "MAILA",
                "ANY",
                "URI",
                "CAA",
                "AVC",
                "DOA",
                "AMTRELAY",
                "RESINFO");
    }

    private DnsType() {}

    private static void name(int first, String... names) {
        System.arraycopy(names, 0, NAMES, first, names.length);
    }

    /** The mnemonic, for example {@code AAAA}; {@code TYPE731} for one without (RFC 3597, 5; allocates). */
    public static String name(int type) {
        return type >= 0 && type < NAMES.length && NAMES[type] != null ? NAMES[type] : "TYPE" + type;
    }

    /** The mnemonic of a response code, for example {@code NXDOMAIN}; {@code RCODE31} for one without (allocates). */
    public static String responseCode(int code) {
        return code >= 0 && code < RESPONSE_CODES.length ? RESPONSE_CODES[code] : "RCODE" + code;
    }
}
