package dev.weir.pcap;

import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What a reader said about one packet. */
record ReadPacket(long timestampNs, int linkType, int interfaceIndex, int wireLength, String hex) {
    static ReadPacket of(long timestampNs, int linkType, int interfaceIndex, int wireLength, byte[] bytes) {
        return new ReadPacket(
                timestampNs,
                linkType,
                interfaceIndex,
                wireLength,
                HexFormat.of().formatHex(bytes));
    }

    static ReadPacket current(CaptureFileReader reader) {
        return of(
                reader.timestampNs(),
                reader.linkType(),
                reader.interfaceIndex(),
                reader.wireLength(),
                reader.bytes().toByteArray());
    }

    static CaptureFileReader open(byte[] file) {
        return CaptureFileReader.of("test", Channels.newChannel(new ByteArrayInputStream(file)));
    }

    static List<ReadPacket> all(byte[] file) {
        List<ReadPacket> packets = new ArrayList<>();
        readTo(packets, file);
        return packets;
    }

    /** Adds to the list, so that what came before a fault is there when this throws. */
    static void readTo(List<ReadPacket> packets, byte[] file) {
        try (CaptureFileReader reader = open(file)) {
            while (reader.next()) {
                packets.add(current(reader));
            }
        }
    }
}
