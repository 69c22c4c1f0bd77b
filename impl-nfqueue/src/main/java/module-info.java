/** The NFQUEUE backend: decides over packets that netfilter queues to user space. */
module dev.weir.nfqueue {
    requires dev.weir.spi;
    requires org.slf4j;

    provides dev.weir.spi.CaptureProvider with
            dev.weir.nfqueue.NfqueueProvider;
}
