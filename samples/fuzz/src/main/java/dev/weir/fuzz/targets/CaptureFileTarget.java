package dev.weir.fuzz.targets;

import dev.weir.WeirException;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.pcap.CaptureFileReader;
import java.io.ByteArrayInputStream;
import java.nio.channels.Channels;
import java.util.function.Consumer;

/** {@link CaptureFileReader}: the input is a file, pcap or pcapng. */
public final class CaptureFileTarget implements FuzzTarget {
    private static final int SMALLEST_RECORD_BYTES = 12;

    @Override
    public String name() {
        return "capture-file";
    }

    @Override
    public void read(Bytes input) {
        byte[] file = input.toByteArray();
        try (CaptureFileReader reader =
                CaptureFileReader.of("input", Channels.newChannel(new ByteArrayInputStream(file)))) {
            int packets = 0;
            while (reader.next()) {
                packets++;
                Check.that(reader.bytes().length() == reader.capturedLength(), "the packet is as long as it says");
                Check.that(packets <= file.length / SMALLEST_RECORD_BYTES, "no byte is read twice");
            }
        } catch (WeirException refused) {
            Check.that(refused.getMessage().startsWith("input"), "an error names the file");
        }
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        captures.contents().forEach(sink);
    }

    /** The reader's buffers of 256 KiB, one for each of the sizes that what is there can ask for. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return (2 << 20) + 16L * inputLength;
    }

    @Override
    public long timeLimitNs(int inputLength) {
        return 20_000_000;
    }
}
