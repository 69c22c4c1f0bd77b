package dev.weir.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.weir.Flow;
import dev.weir.classify.tls.TlsClient;
import dev.weir.classify.tls.TlsHandshake;
import dev.weir.classify.tls.TlsListener;
import dev.weir.classify.tls.TlsServer;
import dev.weir.packet.quic.QuicVersion;
import dev.weir.packet.tls.TlsVersions;
import java.io.IOException;

/** Events of type "tls", and "quic" for what came by QUIC, in the names of Suricata's EVE. */
final class TlsEvents implements TlsListener {
    private static final SerializedString TLS = new SerializedString("tls");
    private static final SerializedString QUIC = new SerializedString("quic");

    private final ProtocolEvents events;

    TlsEvents(ProtocolEvents events) {
        this.events = events;
    }

    @Override
    public void handshake(TlsHandshake handshake, Flow flow) {
        events.print(
                handshake.isQuic() ? QUIC : TLS,
                handshake.timestampNs(),
                flow,
                handshake.clientDirection(),
                json -> write(json, handshake));
    }

    private static void write(JsonGenerator json, TlsHandshake handshake) throws IOException {
        TlsClient client = handshake.client();
        TlsServer server = handshake.server();
        if (client != null && !client.serverName().isEmpty()) {
            json.writeStringField("sni", client.serverName());
        }
        json.writeStringField(
                "version",
                handshake.isQuic() ? QuicVersion.name(handshake.quicVersion()) : TlsVersions.name(handshake.version()));
        if (client != null) {
            fingerprint(json, "ja3", client.ja3Hash(), client.ja3());
        }
        if (server != null) {
            fingerprint(json, "ja3s", server.ja3sHash(), server.ja3s());
        }
        if (client != null) {
            json.writeStringField("ja4", client.ja4());
        }
        if (client != null && !client.alpn().isEmpty()) {
            json.writeArrayFieldStart("client_alpns");
            for (String name : client.alpn()) {
                json.writeString(name);
            }
            json.writeEndArray();
        }
        if (server != null && !server.alpn().isEmpty()) {
            json.writeArrayFieldStart("server_alpns");
            json.writeString(server.alpn());
            json.writeEndArray();
        }
    }

    private static void fingerprint(JsonGenerator json, String name, String hash, String text) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("hash", hash);
        json.writeStringField("string", text);
        json.writeEndObject();
    }
}
