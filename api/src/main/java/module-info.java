/** What applications and classifier plug-ins compile against. */
module dev.weir.api {
    exports dev.weir;
    exports dev.weir.classify;
    exports dev.weir.packet;
    exports dev.weir.packet.dhcp;
    exports dev.weir.packet.dns;
    exports dev.weir.runtime;
    exports dev.weir.stream;

    uses dev.weir.runtime.WeirRuntime;
}
