package dev.weir.nfqueue;

import dev.weir.Packet;
import dev.weir.packet.Bytes;
import dev.weir.packet.ChecksumWriter;
import dev.weir.packet.Headers;
import java.nio.ByteBuffer;

/** Writes the reset that answers a TCP segment (RFC 9293 section 3.5.2), as if the one it was sent to had answered. */
final class RejectReset {
    private RejectReset() {}

    /**
     * Writes a whole packet, IP header included.
     *
     * @param rejected a TCP segment with its whole header
     * @param out big-endian, at least 60 bytes
     * @return bytes written
     */
    static int write(Packet rejected, ByteBuffer out, ChecksumWriter checksums) {
        int length = rejected.headers().ipVersion() == 4 ? ipv4(rejected, out) : ipv6(rejected, out);
        return IpHeaders.finish(out, length, checksums);
    }

    private static int ipv4(Packet rejected, ByteBuffer out) {
        Bytes in = rejected.bytes();
        int ip = rejected.headers().networkOffset();
        int source = in.i32(ip + IpLayout.IPV4_DESTINATION);
        int destination = in.i32(ip + IpLayout.IPV4_SOURCE);
        IpHeaders.ipv4(out, IpLayout.TCP, IpLayout.TCP_BYTES, source, destination);
        segment(rejected, out, IpLayout.IPV4_BYTES);
        return IpLayout.IPV4_BYTES + IpLayout.TCP_BYTES;
    }

    private static int ipv6(Packet rejected, ByteBuffer out) {
        IpHeaders.ipv6Answer(rejected, out, IpLayout.TCP, IpLayout.TCP_BYTES);
        segment(rejected, out, IpLayout.IPV6_BYTES);
        return IpLayout.IPV6_BYTES + IpLayout.TCP_BYTES;
    }

    private static void segment(Packet rejected, ByteBuffer out, int at) {
        Headers headers = rejected.headers();
        Bytes in = rejected.bytes();
        int tcp = headers.transportOffset();
        int flags = headers.tcpFlags();
        boolean acknowledges = (flags & IpLayout.ACK) != 0;
        // With an acknowledgement: <SEQ=SEG.ACK><CTL=RST>. Without: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>.
        int sequence = acknowledges ? in.i32(tcp + IpLayout.TCP_ACKNOWLEDGEMENT) : 0;
        int acknowledgement = acknowledges ? 0 : in.i32(tcp + IpLayout.TCP_SEQUENCE) + segmentLength(headers, flags);
        out.putShort(at + IpLayout.TCP_SOURCE_PORT, (short) headers.destinationPort());
        out.putShort(at + IpLayout.TCP_DESTINATION_PORT, (short) headers.sourcePort());
        out.putInt(at + IpLayout.TCP_SEQUENCE, sequence);
        out.putInt(at + IpLayout.TCP_ACKNOWLEDGEMENT, acknowledgement);
        out.put(at + IpLayout.TCP_DATA_OFFSET, (byte) (IpLayout.TCP_BYTES / Integer.BYTES << 4));
        out.put(at + IpLayout.TCP_FLAGS, (byte) (acknowledges ? IpLayout.RST : IpLayout.RST | IpLayout.ACK));
        out.putInt(at + IpLayout.TCP_FLAGS + 1, 0); // window and checksum
        out.putShort(at + IpLayout.TCP_CHECKSUM + Short.BYTES, (short) 0); // urgent pointer
    }

    /** SEG.LEN: SYN and FIN count as one each. */
    private static int segmentLength(Headers headers, int flags) {
        int controls = ((flags & IpLayout.SYN) != 0 ? 1 : 0) + ((flags & IpLayout.FIN) != 0 ? 1 : 0);
        return Math.max(0, headers.statedPayloadLength()) + controls;
    }
}
