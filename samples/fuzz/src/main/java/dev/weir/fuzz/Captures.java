package dev.weir.fuzz;

import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import dev.weir.pcap.CaptureFileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder of capture files, in which the targets find inputs to begin with. */
public record Captures(Path folder) {
    private static final int MAX_FILE_BYTES = 1 << 20;
    private static final int MAX_PACKETS_PER_FILE = 50;

    /** Called with each packet. */
    @FunctionalInterface
    public interface PacketSink {
        /** @param bytes valid during the call */
        void packet(int linkType, int wireLength, Bytes bytes);
    }

    /** The files, in order of name; large ones are left out. */
    public List<Path> files() {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.getFileName().toString().matches(".*\\.(pcap|pcapng|cap)(\\.gz)?"))
                    .filter(file -> file.toFile().length() <= MAX_FILE_BYTES)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new WeirException("cannot read the captures in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** The bytes of each file. */
    public Stream<byte[]> contents() {
        return files().stream().map(file -> {
            try {
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** The first packets of each file; what is behind a corrupt place is left out. */
    public void packets(PacketSink sink) {
        for (Path file : files()) {
            try (CaptureFileReader reader = CaptureFileReader.open(file)) {
                for (int i = 0; i < MAX_PACKETS_PER_FILE && reader.next(); i++) {
                    sink.packet(reader.linkType(), reader.wireLength(), reader.bytes());
                }
            } catch (WeirException corrupt) {
                // many captures are corrupt on purpose; what came before is of use
            }
        }
    }
}
