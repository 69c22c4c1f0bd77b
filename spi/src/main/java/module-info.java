/** What backends compile against, the engine that runs pipelines, capture files, and the Linux plumbing. */
module dev.weir.spi {
    requires transitive dev.weir.api;
    requires com.sun.jna;
    requires org.jctools.core;
    requires org.jctools.core.jdk11;
    requires org.slf4j;

    exports dev.weir.linux;
    exports dev.weir.linux.bpf;
    exports dev.weir.linux.netlink;
    exports dev.weir.pcap;
    exports dev.weir.spi;

    uses dev.weir.ClassifierProvider;
    uses dev.weir.spi.CaptureProvider;
    uses dev.weir.spi.FlowCorrelatorProvider;
    uses dev.weir.spi.FlowOffloadProvider;

    provides dev.weir.runtime.WeirRuntime with
            dev.weir.engine.Engine;
    provides dev.weir.spi.CaptureProvider with
            dev.weir.pcap.PcapCaptureProvider;
    provides dev.weir.spi.FlowCorrelatorProvider with
            dev.weir.sockdiag.SockDiagCorrelatorProvider;
}
