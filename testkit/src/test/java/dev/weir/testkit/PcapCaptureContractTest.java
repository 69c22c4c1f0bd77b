package dev.weir.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.pcap.PcapCaptureProvider;
import dev.weir.pcap.PcapWriter;
import dev.weir.spi.CaptureProvider;
import dev.weir.spi.CaptureTraits;
import dev.weir.testkit.contract.CaptureContract;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

class PcapCaptureContractTest extends CaptureContract {
    private static final int SNAP_LENGTH = 65_535;

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("contract.pcap");
    }

    @Override
    protected boolean live() {
        return false;
    }

    @Override
    protected CaptureProvider provider() {
        return new PcapCaptureProvider();
    }

    @Override
    protected String target() {
        if (!Files.exists(file())) {
            inject(List.of());
        }
        return file().toString();
    }

    @Override
    protected void inject(List<byte[]> frames) {
        try (PcapWriter writer = PcapWriter.create(file(), LinkType.ETHERNET, SNAP_LENGTH)) {
            long timestampNs = 1_700_000_000_000_000_000L;
            for (byte[] frame : frames) {
                timestampNs += 1_000;
                writer.write(timestampNs, ByteBuffer.wrap(frame), 0, frame.length, frame.length);
            }
        }
    }

    @Override
    protected void checkTraits(CaptureTraits traits) {
        assertTrue(traits.passive());
        assertTrue(traits.symmetric());
    }

    @Override
    protected String unknownTarget() {
        return directory.resolve("no-such-file.pcap").toString();
    }
}
