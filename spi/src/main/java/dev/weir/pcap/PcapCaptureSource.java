package dev.weir.pcap;

import dev.weir.LinkType;
import dev.weir.WeirException;
import dev.weir.linux.bpf.PacketFilter;
import dev.weir.spi.CaptureRequest;
import dev.weir.spi.CaptureSource;
import dev.weir.spi.CaptureTraits;
import dev.weir.spi.Options;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** An open capture file with its one queue. */
final class PcapCaptureSource implements CaptureSource {
    private static final String STANDARD_INPUT = "-";
    private static final int FEWEST_BLOCKS = 4;

    private final CaptureTraits traits;
    private final PcapCaptureQueue queue;
    private final PacketFilter filter;
    private final String explain;

    PcapCaptureSource(CaptureRequest request) {
        Options options = request.options();
        boolean recordedPace = options.choice(
                        PcapCaptureProvider.PACE, PcapCaptureProvider.PACE_FAST, PcapCaptureProvider.PACE_RECORDED)
                .equals(PcapCaptureProvider.PACE_RECORDED);
        int turns = options.integer(PcapCaptureProvider.LOOP, 0, 1_000_000_000);
        if (request.target().isEmpty()) {
            throw new WeirException("name the capture file, as in pcap:trace.pcapng; pcap:- is standard input");
        }
        traits = new CaptureTraits(Set.of(), true, true, true, request.inFlightPackets(), request.inFlightBytes());
        // A few more than the bytes in flight fill: one is being read into, and one packet may keep a block.
        Blocks blocks = new Blocks(
                (int) Math.min(Integer.MAX_VALUE, FEWEST_BLOCKS + request.inFlightBytes() / Blocks.BLOCK_BYTES));
        queue = new PcapCaptureQueue(request.inFlightPackets(), recordedPace);
        String target = request.target();
        Path file = path(target);
        boolean pipe = target.equals(STANDARD_INPUT) || Files.exists(file) && isPipe(file);
        if (pipe) {
            if (turns != 1) {
                throw new WeirException("pcap option " + PcapCaptureProvider.LOOP + ": " + target
                        + " is a pipe, which can be read only once");
            }
            queue.start(
                    new CaptureFileReader(target, new PipeSource(openPipe(target, file), queue::wakeup), blocks),
                    null,
                    1);
        } else {
            queue.start(CaptureFileReader.open(file, blocks), () -> CaptureFileReader.openSource(file), turns);
        }
        String expression = options.text(PcapCaptureProvider.FILTER).strip();
        filter = expression.isEmpty() ? null : filter(expression, pipe);
        explain = (pipe ? "reads a pipe" : "reads " + file) + ", "
                + (recordedPace ? "at the recorded pace" : "as fast as packets are taken")
                + (turns == 1 ? "" : turns == 0 ? ", again and again" : ", " + turns + " times")
                + (filter == null ? "" : ", what matches \"" + expression + "\"");
    }

    /** A pipe is not read before it is asked for packets: there a filter is tried on Ethernet, as most files are. */
    private PacketFilter filter(String expression, boolean pipe) {
        try {
            PacketFilter made = new PacketFilter(expression, pipe ? LinkType.ETHERNET : queue.firstLinkType());
            queue.filter(made);
            return made;
        } catch (WeirException e) {
            queue.close();
            throw e;
        }
    }

    private static Path path(String target) {
        try {
            return Path.of(target);
        } catch (InvalidPathException e) {
            throw new WeirException("not a file name: " + e.getMessage(), e);
        }
    }

    private static boolean isPipe(Path file) {
        return !Files.isRegularFile(file) && !Files.isDirectory(file);
    }

    private static ReadableByteChannel openPipe(String target, Path file) {
        if (target.equals(STANDARD_INPUT)) {
            return new FileInputStream(FileDescriptor.in).getChannel();
        }
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new WeirException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public CaptureTraits traits() {
        return traits;
    }

    @Override
    public List<PcapCaptureQueue> queues() {
        return List.of(queue);
    }

    @Override
    public List<String> explain() {
        List<String> lines = new ArrayList<>();
        lines.add(explain);
        if (filter != null) {
            lines.addAll(filter.refusals());
        }
        return lines;
    }

    @Override
    public void close() {
        queue.close();
    }
}
