/** What tests of applications, plug-ins and backends are written with. */
module dev.weir.testkit {
    requires transitive dev.weir.spi;
    requires java.management;
    requires jdk.management;
    requires static transitive org.junit.jupiter.api;

    exports dev.weir.testkit;
    exports dev.weir.testkit.contract;
    exports dev.weir.testkit.packet;

    provides dev.weir.spi.CaptureProvider with
            dev.weir.testkit.MemoryCaptureProvider;
    provides dev.weir.spi.FlowCorrelatorProvider with
            dev.weir.testkit.ScriptedCorrelatorProvider;
}
