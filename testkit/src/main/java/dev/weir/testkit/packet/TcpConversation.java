package dev.weir.testkit.packet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The packets of one TCP connection, with sequence and acknowledgment numbers that fit:
 *
 * <pre>{@code
 * List<byte[]> frames = TcpConversation.between("10.0.0.1", 4711, "10.0.0.2", 80)
 *         .handshake()
 *         .fromClient("GET / HTTP/1.1\r\n\r\n")
 *         .fromServer("HTTP/1.1 200 OK\r\n\r\n")
 *         .close()
 *         .frames();
 * }</pre>
 *
 * <p>Ethernet frames of IPv4 or IPv6, as the addresses are. Data is cut into segments of at most 1,460 bytes; nobody
 * acknowledges without having something to say, except at the end of the handshake and of the connection.
 */
public final class TcpConversation {
    private static final int DEFAULT_SEGMENT_BYTES = 1_460;

    private final String client;
    private final int clientPort;
    private final String server;
    private final int serverPort;
    private final List<byte[]> frames = new ArrayList<>();
    private int segmentBytes = DEFAULT_SEGMENT_BYTES;
    private int clientSequence = 1_000;
    private int serverSequence = 900_000;

    private TcpConversation(String client, int clientPort, String server, int serverPort) {
        this.client = client;
        this.clientPort = clientPort;
        this.server = server;
        this.serverPort = serverPort;
    }

    /** A connection that has no packets yet. */
    public static TcpConversation between(String client, int clientPort, String server, int serverPort) {
        return new TcpConversation(client, clientPort, server, serverPort);
    }

    /** Cuts data that follows into segments of so many bytes. */
    public TcpConversation segments(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a segment has at least one byte, not " + bytes);
        }
        segmentBytes = bytes;
        return this;
    }

    /** SYN, SYN-ACK, ACK. */
    public TcpConversation handshake() {
        frames.add(clientPacket()
                .syn()
                .mss(DEFAULT_SEGMENT_BYTES)
                .sackPermitted()
                .windowScale(7)
                .build());
        clientSequence++;
        frames.add(serverPacket()
                .syn()
                .acknowledgment(clientSequence)
                .mss(DEFAULT_SEGMENT_BYTES)
                .sackPermitted()
                .windowScale(7)
                .build());
        serverSequence++;
        frames.add(clientPacket().acknowledgment(serverSequence).build());
        return this;
    }

    /** Data from the side that opened the connection. */
    public TcpConversation fromClient(byte[] data) {
        for (int offset = 0; offset < data.length; offset += segmentBytes) {
            byte[] part = Arrays.copyOfRange(data, offset, Math.min(data.length, offset + segmentBytes));
            frames.add(clientPacket()
                    .acknowledgment(serverSequence)
                    .psh()
                    .payload(part)
                    .build());
            clientSequence += part.length;
        }
        return this;
    }

    /** Text from the side that opened the connection, in UTF-8. */
    public TcpConversation fromClient(String text) {
        return fromClient(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Data from the side that was called. */
    public TcpConversation fromServer(byte[] data) {
        for (int offset = 0; offset < data.length; offset += segmentBytes) {
            byte[] part = Arrays.copyOfRange(data, offset, Math.min(data.length, offset + segmentBytes));
            frames.add(serverPacket()
                    .acknowledgment(clientSequence)
                    .psh()
                    .payload(part)
                    .build());
            serverSequence += part.length;
        }
        return this;
    }

    /** Text from the side that was called, in UTF-8. */
    public TcpConversation fromServer(String text) {
        return fromServer(text.getBytes(StandardCharsets.UTF_8));
    }

    /** FIN from the client, FIN from the server, and the last acknowledgment. */
    public TcpConversation close() {
        frames.add(clientPacket().fin().acknowledgment(serverSequence).build());
        clientSequence++;
        frames.add(serverPacket().fin().acknowledgment(clientSequence).build());
        serverSequence++;
        frames.add(clientPacket().acknowledgment(serverSequence).build());
        return this;
    }

    /** RST from the client. */
    public TcpConversation reset() {
        frames.add(clientPacket().rst().acknowledgment(serverSequence).build());
        return this;
    }

    /** The packets so far, in order. */
    public List<byte[]> frames() {
        return List.copyOf(frames);
    }

    private PacketBuilder clientPacket() {
        return PacketBuilder.ethernet()
                .ip(client, server)
                .tcp(clientPort, serverPort)
                .sequence(clientSequence);
    }

    private PacketBuilder serverPacket() {
        return PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                .ip(server, client)
                .tcp(serverPort, clientPort)
                .sequence(serverSequence);
    }
}
