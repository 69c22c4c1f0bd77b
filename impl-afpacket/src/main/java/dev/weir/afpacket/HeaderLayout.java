package dev.weir.afpacket;

import dev.weir.linux.IfPacket.SockaddrLl;
import dev.weir.linux.IfPacket.Tpacket2Hdr;
import dev.weir.linux.IfPacket.Tpacket3Hdr;

/**
 * Where the two versions of {@code struct tpacket_hdr} have what they share. A {@code struct sockaddr_ll} follows the
 * header, then room, then the packet.
 */
enum HeaderLayout {
    /** {@code struct tpacket2_hdr}. */
    V2(
            Tpacket2Hdr.STATUS,
            Tpacket2Hdr.LEN,
            Tpacket2Hdr.SNAPLEN,
            Tpacket2Hdr.MAC,
            Tpacket2Hdr.SEC,
            Tpacket2Hdr.NSEC,
            Tpacket2Hdr.VLAN_TCI,
            Tpacket2Hdr.VLAN_TPID,
            Tpacket2Hdr.SOCKADDR_LL),
    /** {@code struct tpacket3_hdr}; of its 32 bits of {@code tp_vlan_tci} the lower 16 come first and count. */
    V3(
            Tpacket3Hdr.STATUS,
            Tpacket3Hdr.LEN,
            Tpacket3Hdr.SNAPLEN,
            Tpacket3Hdr.MAC,
            Tpacket3Hdr.SEC,
            Tpacket3Hdr.NSEC,
            Tpacket3Hdr.VLAN_TCI,
            Tpacket3Hdr.VLAN_TPID,
            Tpacket3Hdr.SOCKADDR_LL);

    final int status;
    final int wireLength;
    final int capturedLength;
    final int start;
    final int seconds;
    final int nanoseconds;
    final int tagControl;
    final int tagType;
    final int sockaddr;

    /** Header and address: the packet cannot start before. TPACKET2_HDRLEN and TPACKET3_HDRLEN of if_packet.h. */
    final int lengthBytes;

    HeaderLayout(
            int status,
            int wireLength,
            int capturedLength,
            int start,
            int seconds,
            int nanoseconds,
            int tagControl,
            int tagType,
            int sockaddr) {
        this.status = status;
        this.wireLength = wireLength;
        this.capturedLength = capturedLength;
        this.start = start;
        this.seconds = seconds;
        this.nanoseconds = nanoseconds;
        this.tagControl = tagControl;
        this.tagType = tagType;
        this.sockaddr = sockaddr;
        this.lengthBytes = sockaddr + SockaddrLl.BYTES;
    }
}
