package dev.weir.pcap;

import dev.weir.WeirException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Collects bytes and writes them in large pieces. */
final class FileOutput implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 << 10;

    private final String name;
    private final WritableByteChannel channel;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    FileOutput(String name, WritableByteChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    static FileOutput create(Path file) {
        try {
            return new FileOutput(
                    file.toString(),
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE));
        } catch (AccessDeniedException e) {
            throw new WeirException(file + " cannot be written: permission denied", e);
        } catch (NoSuchFileException e) {
            throw new WeirException(file + " cannot be written: no such directory", e);
        } catch (FileSystemException e) { // its message would name the file again
            throw new WeirException(file + " cannot be written: " + e.getReason(), e);
        } catch (IOException e) {
            throw new WeirException(file + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** The buffer, with room for so many bytes. */
    ByteBuffer room(int bytes) {
        if (buffer.remaining() < bytes) {
            flush();
            if (buffer.capacity() < bytes) {
                buffer = ByteBuffer.allocateDirect(bytes);
            }
        }
        return buffer;
    }

    void flush() {
        buffer.flip();
        try {
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw new WeirException(name + " cannot be written: " + e.getMessage(), e);
        } finally {
            buffer.clear();
        }
    }

    @Override
    public void close() {
        try (channel) {
            flush();
        } catch (IOException e) {
            throw new WeirException(name + " cannot be written: " + e.getMessage(), e);
        }
    }
}
