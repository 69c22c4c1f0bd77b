package dev.weir.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.linux.bpf.Bpf;
import dev.weir.linux.netlink.Netlink;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StructLayoutTest {
    private static final Map<String, String> SAME = Map.of();

    private static CompilerCheck everything() {
        return new CompilerCheck(
                        "sys/socket.h",
                        "netinet/in.h",
                        "netinet/icmp6.h",
                        "poll.h",
                        "fcntl.h",
                        "errno.h",
                        "sys/ioctl.h",
                        "sys/mman.h",
                        "linux/mman.h",
                        "linux/if.h",
                        "linux/if_arp.h",
                        "linux/if_ether.h",
                        "linux/if_packet.h",
                        "linux/if_xdp.h",
                        "linux/bpf.h",
                        "linux/sockios.h",
                        "linux/ethtool.h",
                        "linux/capability.h",
                        "linux/net_tstamp.h",
                        "linux/netlink.h",
                        "linux/filter.h")
                .sameNames(Errno.class)
                .sameNames(If.class)
                .struct(If.Ifreq.class, "struct ifreq", "ifr_", SAME)
                .sameNames(IfArp.class)
                .sameNames(IfEther.class)
                .sameNames(IfPacket.class)
                .struct(IfPacket.SockaddrLl.class, "struct sockaddr_ll", "sll_", SAME)
                .struct(IfPacket.PacketMreq.class, "struct packet_mreq", "mr_", SAME)
                .struct(IfPacket.TpacketReq.class, "struct tpacket_req", "tp_", SAME)
                .struct(IfPacket.TpacketReq3.class, "struct tpacket_req3", "tp_", SAME)
                .struct(
                        IfPacket.BlockDesc.class,
                        "struct tpacket_block_desc",
                        "hdr.bh1.",
                        Map.of("VERSION", "version", "OFFSET_TO_PRIV", "offset_to_priv"))
                .struct(
                        IfPacket.Tpacket3Hdr.class,
                        "struct tpacket3_hdr",
                        "tp_",
                        Map.of(
                                "RXHASH",
                                "hv1.tp_rxhash",
                                "VLAN_TCI",
                                "hv1.tp_vlan_tci",
                                "VLAN_TPID",
                                "hv1.tp_vlan_tpid",
                                "SOCKADDR_LL",
                                ""))
                .equal("TPACKET_ALIGN(sizeof(struct tpacket3_hdr))", IfPacket.Tpacket3Hdr.SOCKADDR_LL)
                .struct(IfPacket.Tpacket2Hdr.class, "struct tpacket2_hdr", "tp_", Map.of("SOCKADDR_LL", ""))
                .equal("TPACKET_ALIGN(sizeof(struct tpacket2_hdr))", IfPacket.Tpacket2Hdr.SOCKADDR_LL)
                .struct(IfPacket.TpacketStatsV3.class, "struct tpacket_stats_v3", "tp_", SAME)
                .struct(IfPacket.TpacketAuxdata.class, "struct tpacket_auxdata", "tp_", SAME)
                .struct(
                        IfPacket.FanoutArgs.class,
                        "struct fanout_args",
                        "",
                        Map.of("ID", "id", "TYPE_FLAGS", "type_flags"))
                .sameNames(Fcntl.class)
                .sameNames(Ethtool.class)
                .struct(Ethtool.Drvinfo.class, "struct ethtool_drvinfo", "", SAME)
                .struct(Ethtool.Channels.class, "struct ethtool_channels", "", SAME)
                .sameNames(IfXdp.class)
                .sameNamesWhereDefined(IfXdp.Newer.class)
                .equal("XDP_PGOFF_RX_RING", IfXdp.XDP_PGOFF_RX_RING)
                .equal("XDP_PGOFF_TX_RING", IfXdp.XDP_PGOFF_TX_RING)
                .equal("XDP_UMEM_PGOFF_FILL_RING", IfXdp.XDP_UMEM_PGOFF_FILL_RING)
                .equal("XDP_UMEM_PGOFF_COMPLETION_RING", IfXdp.XDP_UMEM_PGOFF_COMPLETION_RING)
                .struct(IfXdp.SockaddrXdp.class, "struct sockaddr_xdp", "sxdp_", SAME)
                .struct(IfXdp.RingOffset.class, "struct xdp_ring_offset", "", SAME)
                .struct(IfXdp.MmapOffsets.class, "struct xdp_mmap_offsets", "", SAME)
                .struct(IfXdp.UmemReg.class, "struct xdp_umem_reg", "", SAME)
                .struct(IfXdp.XdpStatistics.class, "struct xdp_statistics", "", SAME)
                .struct(IfXdp.XdpOptions.class, "struct xdp_options", "", SAME)
                .struct(IfXdp.XdpDesc.class, "struct xdp_desc", "", SAME)
                .equal("POLLIN", Poll.IN)
                .equal("POLLOUT", Poll.OUT)
                .equal("POLLERR", Poll.ERR)
                .equal("POLLHUP", Poll.HUP)
                .equal("POLLNVAL", Poll.NVAL)
                .struct(Poll.PollFd.class, "struct pollfd", "", SAME)
                .sameNames(Sock.class)
                .struct(Sock.Iovec.class, "struct iovec", "iov_", SAME)
                .struct(Sock.MsgHdr.class, "struct msghdr", "msg_", SAME)
                .struct(Sock.MmsgHdr.class, "struct mmsghdr", "", SAME)
                .sameNames(Inet.class)
                .struct(Inet.SockaddrIn.class, "struct sockaddr_in", "sin_", SAME)
                .struct(Inet.SockaddrIn6.class, "struct sockaddr_in6", "sin6_", SAME)
                .sameNames(MappedMemory.class)
                .sameNames(NetTstamp.class)
                .sameNames(Bpf.class)
                .sameNames(Netlink.class)
                .struct(Netlink.NlMsgHdr.class, "struct nlmsghdr", "nlmsg_", SAME)
                .struct(Netlink.NlMsgErr.class, "struct nlmsgerr", "", SAME)
                .struct(Netlink.NlAttr.class, "struct nlattr", "nla_", SAME)
                .struct(Netlink.SockaddrNl.class, "struct sockaddr_nl", "nl_", SAME)
                .equal("CAP_NET_ADMIN", Rights.Capability.CAP_NET_ADMIN.number())
                .equal("CAP_NET_RAW", Rights.Capability.CAP_NET_RAW.number())
                .equal("CAP_IPC_LOCK", Rights.Capability.CAP_IPC_LOCK.number())
                .equal("CAP_SYS_PTRACE", Rights.Capability.CAP_SYS_PTRACE.number())
                .equal("CAP_SYS_ADMIN", Rights.Capability.CAP_SYS_ADMIN.number())
                .equal("CAP_PERFMON", Rights.Capability.CAP_PERFMON.number())
                .equal("CAP_BPF", Rights.Capability.CAP_BPF.number());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gcc", "aarch64-linux-gnu-gcc"})
    void constantsAreWhatTheKernelHeadersSay(String compiler) throws IOException {
        assumeTrue(CompilerCheck.isInstalled(compiler), compiler + " is not installed");
        CompilerCheck check = everything();
        assertTrue(check.assertions() > 200, () -> "only " + check.assertions() + " constants were looked at");
        assertEquals(List.of(), check.objections(compiler));
    }

    @Test
    void aWrongConstantIsFound() throws IOException {
        assumeTrue(CompilerCheck.isInstalled("gcc"), "gcc is not installed");
        CompilerCheck check = new CompilerCheck("linux/if_packet.h").equal("PACKET_RX_RING", 6);
        assertEquals(1, check.objections("gcc").size());
    }
}
