package dev.weir.testkit.packet;

import dev.weir.Protocols;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Headers that carry other packets. */
final class TunnelLayers {
    private TunnelLayers() {}

    /** One label of MPLS (RFC 3032, 2.1); the last before something else is the bottom of the stack. */
    static final class Mpls extends Layer {
        private static final int BOTTOM = 0x100;
        private static final int TIME_TO_LIVE = 64;

        private final int label;
        private final int trafficClass;

        Mpls(int label, int trafficClass) {
            this.label = label;
            this.trafficClass = trafficClass;
        }

        @Override
        String name() {
            return "mpls";
        }

        @Override
        int etherType() {
            return 0x8847;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int bottom = next instanceof Mpls ? 0 : BOTTOM;
            int entry = label << 12 | trafficClass << 9 | bottom | TIME_TO_LIVE;
            return joined(ByteBuffer.allocate(4).putInt(entry), payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Mpls(label, trafficClass));
        }
    }

    /** RFC 7348, 5. */
    static final class Vxlan extends Layer {
        private final int network;

        Vxlan(int network) {
            this.network = network;
        }

        @Override
        String name() {
            return "vxlan";
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            return joined(ByteBuffer.allocate(8).putInt(0x08000000).putInt(network << 8), payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Vxlan(network));
        }
    }

    /** RFC 8926, 3.4. */
    static final class Geneve extends Layer {
        private final int network;
        private final byte[] options;

        Geneve(int network, byte[] options) {
            this.network = network;
            this.options = options;
        }

        @Override
        String name() {
            return "geneve";
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            ByteBuffer header = ByteBuffer.allocate(8 + options.length)
                    .put((byte) length(options.length / 4))
                    .put((byte) 0)
                    .putShort((short) Math.max(0, nextEtherType(next)))
                    .putInt(network << 8)
                    .put(options);
            return joined(header, payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Geneve(network, options));
        }
    }

    /** RFC 2784 and RFC 2890; fields that were not asked for are absent. */
    static final class Gre extends Layer {
        boolean hasChecksum;
        Integer key;
        Integer sequence;

        @Override
        String name() {
            return "gre";
        }

        @Override
        int protocol() {
            return Protocols.GRE;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int flags = (hasChecksum ? 0x8000 : 0) | (key != null ? 0x2000 : 0) | (sequence != null ? 0x1000 : 0);
            ByteBuffer header =
                    ByteBuffer.allocate(16).putShort((short) flags).putShort((short) Math.max(0, nextEtherType(next)));
            if (hasChecksum) {
                header.putInt(0);
            }
            if (key != null) {
                header.putInt(key);
            }
            if (sequence != null) {
                header.putInt(sequence);
            }
            byte[] all = joined(header, payload);
            if (hasChecksum) {
                put16(all, 4, checksum(InternetChecksum.finish(InternetChecksum.add(0, all, 0, all.length))));
            }
            return all;
        }

        @Override
        Layer copy() {
            Gre copy = new Gre();
            copy.hasChecksum = hasChecksum;
            copy.key = key;
            copy.sequence = sequence;
            return stateAs(copy);
        }
    }

    /** 3GPP TS 29.281, 5.1 and 5.2: a message that carries a packet. */
    static final class Gtpu extends Layer {
        private static final int VERSION_1_GTP = 0x30;
        private static final int G_PDU = 255;

        private final int tunnel;
        Integer sequence;
        final List<byte[]> extensions;

        Gtpu(int tunnel, List<byte[]> extensions) {
            this.tunnel = tunnel;
            this.extensions = extensions;
        }

        @Override
        String name() {
            return "gtpu";
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            ByteArrayOutputStream optional = new ByteArrayOutputStream();
            if (sequence != null || !extensions.isEmpty()) {
                int number = sequence == null ? 0 : sequence;
                optional.write(number >>> 8);
                optional.write(number);
                optional.write(0);
                extensions.forEach(optional::writeBytes); // each begins with its type, which ends the header before
                optional.write(0);
            }
            int flags = VERSION_1_GTP | (extensions.isEmpty() ? 0 : 4) | (sequence == null ? 0 : 2);
            ByteBuffer header = ByteBuffer.allocate(8 + optional.size())
                    .put((byte) flags)
                    .put((byte) G_PDU)
                    .putShort((short) length(optional.size() + payload.length))
                    .putInt(tunnel)
                    .put(optional.toByteArray());
            return joined(header, payload);
        }

        @Override
        Layer copy() {
            Gtpu copy = new Gtpu(tunnel, new ArrayList<>(extensions));
            copy.sequence = sequence;
            return stateAs(copy);
        }
    }
}
