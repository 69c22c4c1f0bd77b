/** What tests of applications, plug-ins and backends are written with. */
module dev.weir.testkit {
    requires transitive dev.weir.spi;
    requires java.management;
    requires jdk.management;
    requires static org.junit.jupiter.api; // for the contract and the network lab alone

    exports dev.weir.testkit;
    exports dev.weir.testkit.contract;
    exports dev.weir.testkit.lab;
    exports dev.weir.testkit.packet;
    exports dev.weir.testkit.wrap;

    uses dev.weir.spi.CaptureProvider;

    provides dev.weir.spi.CaptureProvider with
            dev.weir.testkit.MemoryCaptureProvider,
            dev.weir.testkit.wrap.FaultyCaptureProvider,
            dev.weir.testkit.wrap.SlotAuditProvider;
    provides dev.weir.spi.FlowCorrelatorProvider with
            dev.weir.testkit.ScriptedCorrelatorProvider;
}
