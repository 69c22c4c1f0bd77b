/** The AF_XDP backend, and the BPF programs that decide before a packet leaves the kernel. */
module dev.weir.xdp {
    requires dev.weir.spi;
    requires org.slf4j;

    provides dev.weir.spi.CaptureProvider with
            dev.weir.xdp.XdpProvider;
    provides dev.weir.spi.FlowOffloadProvider with
            dev.weir.xdp.filter.BpfFilterProvider;
}
