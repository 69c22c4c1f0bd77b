/** What tests of applications, plug-ins and backends are written with. */
module dev.weir.testkit {
    requires transitive dev.weir.spi;
    requires static org.junit.jupiter.api;

    exports dev.weir.testkit;
    exports dev.weir.testkit.packet;

    provides dev.weir.spi.CaptureProvider with
            dev.weir.testkit.MemoryCaptureProvider;
    provides dev.weir.spi.FlowCorrelatorProvider with
            dev.weir.testkit.ScriptedCorrelatorProvider;
}
