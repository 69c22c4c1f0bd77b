package dev.weir.fuzz.targets;

import dev.weir.LinkType;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.ArpView;
import dev.weir.packet.Bytes;
import dev.weir.packet.Checksums;
import dev.weir.packet.EthernetView;
import dev.weir.packet.GeneveView;
import dev.weir.packet.GreView;
import dev.weir.packet.GtpuView;
import dev.weir.packet.Headers;
import dev.weir.packet.IcmpView;
import dev.weir.packet.Icmpv6View;
import dev.weir.packet.Ipv4View;
import dev.weir.packet.Ipv6Extensions;
import dev.weir.packet.Ipv6View;
import dev.weir.packet.LinuxCookedView;
import dev.weir.packet.MplsView;
import dev.weir.packet.OptionList;
import dev.weir.packet.SctpView;
import dev.weir.packet.TcpView;
import dev.weir.packet.UdpView;
import dev.weir.packet.VlanView;
import dev.weir.packet.VxlanView;
import java.util.function.Consumer;

/**
 * Every view of a single header at one place of a packet, whatever stands there, with all that it says: which view (a
 * byte), where (a byte), the packet. What passes as a header must be readable to the end.
 */
public final class ViewsTarget implements FuzzTarget {
    private static final int VIEWS = 13;

    private final Bytes packet = new Bytes();
    private final Bytes window = new Bytes();
    private final Headers headers = new Headers();
    private final OptionList options = new OptionList();
    private final EthernetView ethernet = new EthernetView();
    private final VlanView vlan = new VlanView();
    private final LinuxCookedView cooked = new LinuxCookedView();
    private final ArpView arp = new ArpView();
    private final MplsView mpls = new MplsView();
    private final Ipv4View ipv4 = new Ipv4View();
    private final Ipv6View ipv6 = new Ipv6View();
    private final Ipv6Extensions extensions = new Ipv6Extensions();
    private final TcpView tcp = new TcpView();
    private final UdpView udp = new UdpView();
    private final SctpView sctp = new SctpView();
    private final IcmpView icmp = new IcmpView();
    private final Icmpv6View icmpv6 = new Icmpv6View();
    private final VxlanView vxlan = new VxlanView();
    private final GeneveView geneve = new GeneveView();
    private final GreView gre = new GreView();
    private final GtpuView gtpu = new GtpuView();

    @Override
    public String name() {
        return "views";
    }

    @Override
    public void read(Bytes input) {
        if (input.length() < 2) {
            return;
        }
        packet.wrap(input, 2, input.length() - 2);
        int at = input.u8(1);
        int length = packet.length() - at;
        switch (input.u8(0) % VIEWS) {
            case 0 -> link(at, length);
            case 1 -> readArp(at, length);
            case 2 -> readMpls(at, length);
            case 3 -> readIpv4(at, length);
            case 4 -> readIpv6(at, length);
            case 5 -> readTcp(at, length);
            case 6 -> readUdp(at, length);
            case 7 -> readSctp(at, length);
            case 8 -> readIcmp(at, length);
            case 9 -> readIcmpv6(at, length);
            case 10 -> readTunnels(at, length);
            case 11 -> readGtpu(at, length);
            default -> checksums(LinkTypes.of(at));
        }
    }

    private void link(int at, int length) {
        if (ethernet.wrap(packet, at, length)) {
            ethernet.source();
            ethernet.destination();
            ethernet.type();
            ethernet.payload(window);
        }
        if (vlan.wrap(packet, at, length)) {
            vlan.identifier();
            vlan.priority();
            vlan.type();
            vlan.payload(window);
        }
        if (cooked.wrap(packet, at % 2 == 0 ? LinkType.LINUX_SLL : LinkType.LINUX_SLL2)) {
            cooked.packetType();
            cooked.hardwareType();
            cooked.address();
            cooked.protocol();
            cooked.interfaceIndex();
            cooked.payload(window);
        }
    }

    private void readArp(int at, int length) {
        if (arp.wrap(packet, at, length)) {
            arp.operation();
            arp.senderAddress();
            arp.senderHardwareAddress();
            arp.targetAddress();
            arp.targetHardwareAddress();
            Check.that(arp.headerLength() <= arp.bytes().length(), "the message was captured");
        }
    }

    private void readMpls(int at, int length) {
        if (mpls.wrap(packet, at, length)) {
            for (int i = 0; i < mpls.count(); i++) {
                mpls.label(i);
                mpls.trafficClass(i);
                mpls.timeToLive(i);
            }
            mpls.payload(window);
        }
    }

    private void readIpv4(int at, int length) {
        if (ipv4.wrap(packet, at, length)) {
            ipv4.dscp();
            ipv4.fragmentOffset();
            ipv4.sourceLow();
            ipv4.destinationLow();
            Check.that(
                    ipv4.isChecksumValid() == (ipv4.checksum() == ipv4.computeChecksum()) || ipv4.checksum() == 0xffff,
                    "what is computed is valid"); // the two zeros of ones' complement
            walk(ipv4.options(options), ipv4.headerLength());
            ipv4.payload(window);
        }
    }

    private void readIpv6(int at, int length) {
        if (ipv6.wrap(packet, at, length)) {
            ipv6.dscp();
            ipv6.flowLabel();
            ipv6.hopLimit();
            ipv6.sourceHigh();
            ipv6.destinationLow();
            ipv6.payload(window);
            ipv6.extensions(extensions);
            int read = 40;
            while (extensions.next()) {
                Check.that(extensions.offset() == read, "one header after the other");
                read += extensions.length();
                extensions.header(window);
                extensions.routingType();
                extensions.segmentsLeft();
                extensions.fragmentOffset();
                walk(extensions.options(options), extensions.length());
            }
            Check.that(read <= ipv6.bytes().length(), "the headers are in the packet");
        }
    }

    private void walk(OptionList list, int headerLength) {
        int read = 0;
        while (list.next()) {
            list.type();
            list.u8();
            list.u16();
            list.u32();
            read += 1 + list.value(window).length();
        }
        Check.that(read <= headerLength, "no byte is read twice");
    }

    private void readTcp(int at, int length) {
        if (tcp.wrap(packet, at, length)) {
            tcp.sequence();
            tcp.acknowledgment();
            tcp.flags();
            tcp.window();
            tcp.urgentPointer();
            tcp.maximumSegmentSize();
            tcp.windowScale();
            tcp.timestamp();
            tcp.timestampEcho();
            for (int i = 0; i < tcp.sackBlocks(); i++) {
                tcp.sackLeft(i);
                tcp.sackRight(i);
            }
            walk(tcp.options(options), tcp.headerLength());
            tcp.payload(window);
        }
    }

    private void readUdp(int at, int length) {
        if (udp.wrap(packet, at, length)) {
            udp.sourcePort();
            udp.destinationPort();
            udp.checksum();
            Check.that(udp.payload(window).length() <= Math.max(length - 8, 0), "the payload is in the datagram");
        }
    }

    private void readSctp(int at, int length) {
        if (sctp.wrap(packet, at, length)) {
            sctp.verificationTag();
            sctp.checksum();
            int read = 0;
            while (sctp.nextChunk()) {
                sctp.chunkType();
                sctp.chunkFlags();
                read += sctp.chunk(window).length();
            }
            Check.that(read <= length, "no byte is read twice");
        }
    }

    private void readIcmp(int at, int length) {
        if (icmp.wrap(packet, at, length)) {
            icmp.type();
            icmp.code();
            icmp.identifier();
            icmp.sequence();
            icmp.nextHopMtu();
            icmp.gateway();
            icmp.original(window);
        }
    }

    private void readIcmpv6(int at, int length) {
        if (icmpv6.wrap(packet, at, length)) {
            icmpv6.mtu();
            icmpv6.targetHigh();
            icmpv6.targetLow();
            icmpv6.original(window);
            walk(icmpv6.options(options), length);
        }
    }

    private void readTunnels(int at, int length) {
        if (vxlan.wrap(packet, at, length)) {
            vxlan.flags();
            vxlan.virtualNetwork();
            vxlan.payload(window);
        }
        if (geneve.wrap(packet, at, length)) {
            geneve.protocol();
            geneve.virtualNetwork();
            walk(geneve.options(options), geneve.headerLength());
            geneve.payload(window);
        }
        if (gre.wrap(packet, at, length)) {
            gre.protocol();
            gre.checksum();
            gre.isChecksumValid();
            gre.key();
            gre.virtualSubnet();
            gre.sequence();
            gre.acknowledgment();
            gre.payload(window);
        }
    }

    private void readGtpu(int at, int length) {
        if (gtpu.wrap(packet, at, length)) {
            gtpu.messageType();
            gtpu.tunnelEndpoint();
            gtpu.sequence();
            gtpu.npduNumber();
            Check.that(gtpu.payloadLength() >= 0, "the headers are in the message");
            walk(gtpu.extensions(options), gtpu.headerLength());
            gtpu.payload(window);
        }
    }

    private void checksums(int linkType) {
        headers.decode(packet, linkType);
        Checksums.network(packet, headers);
        Checksums.transport(packet, headers);
        Checksums.computeNetwork(packet, headers);
        Checksums.computeTransport(packet, headers);
    }

    /** The packet of a capture, once for each header in it. */
    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        Headers found = new Headers();
        captures.packets((linkType, wireLength, bytes) -> {
            found.decode(bytes, linkType, wireLength);
            seed(sink, bytes, 12, LinkTypes.selector(linkType));
            if (found.isIp()) {
                seed(sink, bytes, found.ipVersion() == 4 ? 3 : 4, found.networkOffset());
            }
            if (found.hasTransport()) {
                int view =
                        switch (found.protocol()) {
                            case 6 -> 5;
                            case 17 -> 6;
                            case 132 -> 7;
                            case 1 -> 8;
                            default -> 9;
                        };
                seed(sink, bytes, view, found.transportOffset());
                seed(sink, bytes, found.destinationPort() == GtpuView.PORT ? 11 : 10, found.payloadOffset());
            } else {
                seed(sink, bytes, 1 + (found.etherType() == 0x8847 ? 1 : 0), 14);
            }
        });
    }

    private static void seed(Consumer<byte[]> sink, Bytes packet, int view, int at) {
        if (at < 256) {
            byte[] input = new byte[2 + packet.length()];
            input[0] = (byte) view;
            input[1] = (byte) at;
            packet.get(0, input, 2, packet.length());
            sink.accept(input);
        }
    }
}
