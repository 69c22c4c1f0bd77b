package dev.weir.fuzz.targets;

import dev.weir.Protocols;
import dev.weir.classify.tls.Ja3;
import dev.weir.classify.tls.Ja4;
import dev.weir.fuzz.Captures;
import dev.weir.fuzz.FuzzTarget;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import dev.weir.packet.tls.ClientHelloView;
import dev.weir.packet.tls.ServerHelloView;
import dev.weir.packet.tls.TlsCodes;
import dev.weir.packet.tls.TlsExtensions;
import dev.weir.packet.tls.TlsHandshakeReader;
import java.util.function.Consumer;

/** {@link TlsHandshakeReader} over a stream of records, the hellos in it, and their fingerprints. */
public final class TlsTarget implements FuzzTarget {
    private static final int RECORD_HANDSHAKE = 22;

    private final TlsHandshakeReader reader = new TlsHandshakeReader();
    private final ClientHelloView client = new ClientHelloView();
    private final ServerHelloView server = new ServerHelloView();
    private final Ja3 ja3 = new Ja3();
    private final Ja4 ja4 = new Ja4();
    private final Bytes window = new Bytes();

    @Override
    public String name() {
        return "tls";
    }

    @Override
    public void read(Bytes input) {
        int at = 0;
        while (at < input.length()
                && reader.read(input, at, input.length() - at) == TlsHandshakeReader.Status.MESSAGE) {
            Check.that(reader.consumed() > 0, "a message takes bytes");
            hello(reader.message());
            at += reader.consumed();
        }
        hello(input); // as it is handed over by QUIC, without records
    }

    private void hello(Bytes message) {
        if (client.wrap(message, 0, message.length())) {
            Check.that(
                    client.serverNameOffset() + client.serverNameLength() <= message.length(),
                    "the name is in the message");
            extensions(client.extensions(), message);
            codes(client.cipherSuites());
            codes(client.compressionMethods());
            codes(client.supportedGroups());
            codes(client.pointFormats());
            codes(client.signatureAlgorithms());
            codes(client.supportedVersions());
            for (int i = 0; i < Math.min(client.keyShares().size(), 100); i++) {
                client.keyShares().group(i);
                client.keyShares().lengthBytes(i);
            }
            for (int i = 0; i < Math.min(client.alpn().size(), 100); i++) {
                Check.that(
                        client.alpn().offset(i) + client.alpn().lengthBytes(i) <= message.length(),
                        "the protocol is in the message");
            }
            client.highestVersion();
            ja3.read(client);
            ja3.digest(0);
            ja4.read(client, true);
            Check.that(ja4.character(Ja4.LENGTH - 13) == '_', "a fingerprint has its form");
        }
        if (server.wrap(message, 0, message.length())) {
            extensions(server.extensions(), message);
            ja3.read(server);
        }
    }

    private void extensions(TlsExtensions extensions, Bytes message) {
        for (int i = 0; i < extensions.size(); i++) {
            extensions.type(i);
            Check.that(
                    extensions.data(i, window).length() + extensions.offset(i) <= message.length(),
                    "an extension is in the message");
        }
    }

    private static void codes(TlsCodes codes) {
        for (int i = 0; i < codes.size(); i++) {
            Check.that(codes.get(i) >= 0, "a code is a number");
        }
    }

    /** Buffers that grow to the largest hello so far and stay: twice the text of its numbers, five characters for two bytes. */
    @Override
    public long allocationLimitBytes(int inputLength) {
        return 4096 + 32L * inputLength;
    }

    @Override
    public void seeds(Captures captures, Consumer<byte[]> sink) {
        Headers headers = new Headers();
        captures.packets((linkType, wireLength, bytes) -> {
            headers.decode(bytes, linkType, wireLength);
            int length = Math.min(headers.payloadLength(), bytes.length() - headers.payloadOffset());
            if (headers.protocol() == Protocols.TCP
                    && length > 0
                    && bytes.u8(headers.payloadOffset()) == RECORD_HANDSHAKE) {
                byte[] payload = new byte[length];
                bytes.get(headers.payloadOffset(), payload, 0, length);
                sink.accept(payload);
            }
        });
    }
}
