package dev.weir.pcap;

import dev.weir.LinkType;
import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads a capture file packet by packet: pcap (both byte orders, micro- and nanoseconds) and pcapng (several sections and
 * interfaces, any time stamp unit), either of them compressed with gzip as well.
 *
 * <pre>{@code
 * try (CaptureFileReader reader = CaptureFileReader.open(Path.of("trace.pcapng"))) {
 *     while (reader.next()) {
 *         System.out.println(reader.timestampNs() + " " + reader.wireLength());
 *     }
 * }
 * }</pre>
 *
 * <p>A file of any size is read through a buffer of 256 KiB, which grows for a single larger packet. Nothing is allocated
 * per packet. For one thread.
 */
public final class CaptureFileReader implements AutoCloseable {
    static final int PACKET = 1;
    static final int NOTHING_YET = 0;
    static final int END = -1;

    private static final int MAGIC_LENGTH = 4;

    private final String name;
    private ByteSource source;
    private final Blocks blocks;
    private final Bytes bytes = new Bytes();
    private RecordFormat format;
    private Blocks.Block block;
    private int position;
    private int limit;
    private long filePosition;
    private long skip;
    private boolean ended;
    private WeirException failure;

    CaptureFileReader(String name, ByteSource source, Blocks blocks) {
        this.name = name;
        this.source = source;
        this.blocks = blocks;
        this.block = blocks.take(Blocks.BLOCK_BYTES);
    }

    /**
     * Opens a file and reads its first bytes; of a FIFO it waits for them.
     *
     * @throws WeirException when it is absent, not readable, empty, or not a capture file
     */
    public static CaptureFileReader open(Path file) {
        return open(file, new Blocks(1));
    }

    /**
     * Reads from a channel, a pipe for example; {@link #next()} waits for it. The header is read by the first call.
     *
     * @param name for messages
     * @param channel closed with the reader
     */
    public static CaptureFileReader of(String name, ReadableByteChannel channel) {
        return new CaptureFileReader(name, new ChannelSource(channel), new Blocks(1));
    }

    static CaptureFileReader open(Path file, Blocks blocks) {
        CaptureFileReader reader = new CaptureFileReader(file.toString(), openSource(file), blocks);
        try {
            reader.readMagic();
            return reader;
        } catch (WeirException e) {
            reader.close();
            throw e;
        }
    }

    static ByteSource openSource(Path file) {
        FileChannel channel = null;
        try {
            if (Files.isDirectory(file)) {
                throw new WeirException(file + " is a directory; name a capture file in it");
            }
            channel = FileChannel.open(file, StandardOpenOption.READ);
            if (!Files.isRegularFile(file)) {
                return new ChannelSource(channel);
            }
            ByteBuffer start = ByteBuffer.allocate(2);
            channel.read(start, 0);
            return Gzip.is(start.get(0) & 0xff, start.get(1) & 0xff)
                    ? new StreamSource(Gzip.unwrap(Channels.newInputStream(channel)))
                    : new FileSource(channel);
        } catch (NoSuchFileException e) {
            throw new WeirException("there is no file " + file, e);
        } catch (AccessDeniedException e) {
            throw new WeirException(file + " cannot be read: permission denied", e);
        } catch (IOException e) {
            closeQuietly(channel);
            throw new WeirException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // the failure that led here is the one to tell
            }
        }
    }

    /** Reads on from the start of another source, once the end is reached; what is lent out stays valid. */
    void restart(ByteSource next) {
        source.close();
        source = next;
        format = null;
        filePosition = 0;
        ended = false;
    }

    /** Waits for the source where it has to, which only a pipe makes it do. */
    private void readMagic() {
        while (format == null && !ended) {
            if (!findFormat()) {
                refill(MAGIC_LENGTH);
            }
        }
        if (format == null) {
            throw notACapture();
        }
    }

    private boolean findFormat() {
        if (limit - position < MAGIC_LENGTH) {
            return false;
        }
        int magic = block.buffer.order(ByteOrder.BIG_ENDIAN).getInt(position);
        format = magic == PcapngFormat.SECTION_HEADER_BLOCK ? new PcapngFormat(name) : PcapFormat.of(name, magic);
        if (format == null) {
            throw notACapture();
        }
        return true;
    }

    private WeirException notACapture() {
        if (limit == position) {
            return new WeirException(name + " is empty");
        }
        StringBuilder start = new StringBuilder();
        for (int i = position; i < Math.min(limit, position + MAGIC_LENGTH); i++) {
            start.append(String.format(" %02x", block.buffer.get(i)));
        }
        return new WeirException(name + " is not a capture file (it begins with" + start
                + "); pcap and pcapng are read, also compressed with gzip");
    }

    /**
     * Goes to the next packet; what the one before showed is no longer valid.
     *
     * @return false at the end
     * @throws WeirException where the file breaks off or is corrupt, naming the byte offset; again with each further call
     */
    public boolean next() {
        int found;
        do {
            found = advance();
        } while (found == NOTHING_YET);
        if (found == END) {
            return false;
        }
        bytes.wrap(block.buffer, format.dataOffset, format.capturedLength);
        return true;
    }

    /** As {@link #next()}, but never waits: {@link #NOTHING_YET} when the source or the memory has nothing now. */
    int advance() {
        if (failure != null) {
            throw failure;
        }
        try {
            return parse();
        } catch (WeirException e) {
            failure = e;
            throw e;
        }
    }

    private int parse() {
        while (true) {
            int needed = takeRecord();
            if (needed == 0) {
                if (format.packet) {
                    return PACKET;
                }
            } else if (ended) {
                return end(needed);
            } else if (!refill(needed)) {
                return NOTHING_YET;
            }
        }
    }

    /** Takes one record off the front; the answer is 0, or how many bytes that needs. */
    private int takeRecord() {
        if (skip > 0) {
            int here = (int) Math.min(skip, limit - position);
            consume(here);
            skip -= here;
            if (skip > 0) {
                return 1;
            }
        }
        if (format == null && !findFormat()) {
            return MAGIC_LENGTH;
        }
        long taken = format.parse(block.buffer, position, limit - position, filePosition);
        if (taken < 0) {
            return (int) -taken;
        }
        int here = (int) Math.min(taken, limit - position);
        consume(here);
        skip = taken - here;
        return 0;
    }

    private void consume(int count) {
        position += count;
        filePosition += count;
    }

    private int end(int needed) {
        if (format == null) {
            throw notACapture();
        }
        if (limit == position && skip == 0) {
            return END;
        }
        int available = limit - position;
        throw new WeirException(name + ": breaks off at byte " + (filePosition + available)
                + (skip > 0
                        ? ": " + skip + " more bytes of a block are missing"
                        : ": the " + format.recordName() + " that begins at byte " + filePosition + " needs at least "
                                + needed + " bytes, " + available + " are there"));
    }

    /**
     * Reads more behind what is there, making room first if need be.
     *
     * @param needed bytes that are to fit from the position on; grown to step by step, as far as bytes really come
     * @return false when nothing came: the source has nothing now, or all memory is lent out
     */
    private boolean refill(int needed) {
        int available = limit - position;
        if (available == 0 && block.lent == 0) {
            position = 0;
            limit = 0;
        }
        int capacity = block.buffer.capacity();
        boolean full = limit == capacity || position > 0 && needed > capacity - position;
        if (full && !makeRoom(needed, available)) {
            return false;
        }
        try {
            if (skip > 0) { // everything before is consumed
                long skipped = source.skip(skip);
                skip -= skipped;
                filePosition += skipped;
            }
            int count = source.read(block.buffer.position(limit));
            if (count < 0) {
                ended = true;
                return true;
            }
            limit += count;
            return count > 0;
        } catch (IOException e) {
            throw new WeirException(
                    name + ": reading failed at byte " + (filePosition + available) + ": " + e.getMessage(), e);
        }
    }

    /** Moves what is unread to the start of a block: this one when no packet in it is lent out, else another. */
    private boolean makeRoom(int needed, int available) {
        int capacity = needed <= Blocks.BLOCK_BYTES
                ? Blocks.BLOCK_BYTES
                : Math.min(needed, 2 * Math.max(available, Blocks.BLOCK_BYTES));
        ByteBuffer old = block.buffer;
        if (block.lent > 0) {
            Blocks.Block next = blocks.take(capacity);
            if (next == null) {
                return false;
            }
            blocks.leave(block);
            block = next;
        } else if (capacity > old.capacity()) {
            block.buffer = ByteBuffer.allocateDirect(capacity);
        }
        block.buffer.put(0, old, position, available);
        position = 0;
        limit = available;
        return true;
    }

    /** True when {@link #advance()} could say more than {@link #NOTHING_YET}; an indication, not a promise. */
    boolean isReady() {
        return source.isReady() && !(block.lent > 0 && blocks.isExhausted() && limit == block.buffer.capacity());
    }

    /** Keeps the memory of the current packet until {@link #release}; the answer is what to release. */
    int lend() {
        block.lent++;
        return block.index;
    }

    void release(int lent) {
        blocks.release(lent);
    }

    ByteBuffer memory() {
        return block.buffer;
    }

    int dataOffset() {
        return format.dataOffset;
    }

    int flags() {
        return format.flags;
    }

    /** The captured bytes, from the link header on; valid until the next call of {@link #next()}. */
    public Bytes bytes() {
        return bytes;
    }

    /** Bytes in the file. */
    public int capturedLength() {
        return format.capturedLength;
    }

    /** Bytes on the wire; more than were captured when the capture was cut to a snap length. */
    public int wireLength() {
        return format.wireLength;
    }

    /**
     * Nanoseconds since 1970 (UTC). A pcapng Simple Packet Block has no time: its packet shows that of the packet before.
     */
    public long timestampNs() {
        return format.timestampNs;
    }

    /** A number of {@link LinkType}, or another registered one. */
    public int linkType() {
        return format.linkType;
    }

    /** The file's own number of the interface, counted anew in each section of a pcapng file; 0 in a pcap file. */
    public int interfaceIndex() {
        return format.interfaceIndex;
    }

    @Override
    public void close() {
        source.close();
    }
}
