/** Captures from and sends through Linux interfaces with packet sockets. */
module dev.weir.afpacket {
    requires dev.weir.spi;
    requires org.slf4j;

    provides dev.weir.spi.CaptureProvider with
            dev.weir.afpacket.AfPacketProvider;
}
