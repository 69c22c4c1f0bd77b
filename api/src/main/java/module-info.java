/** What applications and classifier plug-ins compile against. */
module dev.weir.api {
    exports dev.weir;
    exports dev.weir.classify;
    exports dev.weir.classify.dhcp;
    exports dev.weir.classify.dns;
    exports dev.weir.classify.http;
    exports dev.weir.classify.regex;
    exports dev.weir.classify.rules;
    exports dev.weir.classify.tls;
    exports dev.weir.packet;
    exports dev.weir.packet.dhcp;
    exports dev.weir.packet.dns;
    exports dev.weir.packet.http;
    exports dev.weir.packet.quic;
    exports dev.weir.packet.tls;
    exports dev.weir.runtime;
    exports dev.weir.stream;

    uses dev.weir.runtime.WeirRuntime;

    provides dev.weir.ClassifierProvider with
            dev.weir.classify.dhcp.DhcpClassifierProvider,
            dev.weir.classify.dns.DnsClassifierProvider,
            dev.weir.classify.http.HttpClassifierProvider,
            dev.weir.classify.rules.RulesClassifierProvider,
            dev.weir.classify.tls.TlsClassifierProvider;
}
