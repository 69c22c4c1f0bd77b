/** What applications and classifier plug-ins compile against. */
module dev.weir.api {
    requires org.slf4j;

    exports dev.weir;
    exports dev.weir.packet;
    exports dev.weir.runtime;
}
