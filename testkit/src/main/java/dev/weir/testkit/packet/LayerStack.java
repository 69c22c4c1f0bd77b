package dev.weir.testkit.packet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes bytes of layers, the outermost first: each wraps what those behind it make. */
final class LayerStack {
    private static final int IPV6_FRAGMENT_ID = 0x77656972;

    private LayerStack() {}

    static byte[] build(List<Layer> layers) {
        return build(layers, 0, null);
    }

    /** The packet in fragments, split at its first IP header; one, not split, when it fits. */
    static List<byte[]> fragments(List<Layer> layers, int mtu) {
        int ip = 0;
        while (!(layers.get(ip) instanceof NetworkLayers.Ipv4) && !(layers.get(ip) instanceof NetworkLayers.Ipv6)) {
            if (++ip == layers.size()) {
                throw new IllegalStateException("only IP packets can be split: call ipv4() or ipv6() first");
            }
        }
        return build(layers, ip, null).length <= mtu ? List.of(build(layers)) : split(layers, ip, mtu);
    }

    private static List<byte[]> split(List<Layer> layers, int ip, int mtu) {
        boolean v4 = layers.get(ip) instanceof NetworkLayers.Ipv4;
        int cut = ip + 1;
        for (int i = ip + 1; !v4 && i < layers.size(); i++) {
            if (layers.get(i) instanceof NetworkLayers.Extension extension && extension.isPerHop()) {
                cut = i + 1;
            }
        }
        byte[] whole = build(layers, cut, pseudo(layers, cut));
        Layer next = cut < layers.size() ? layers.get(cut) : null;
        List<Layer> headers = new ArrayList<>(layers.subList(0, cut));
        int headerLength = build(headers, ip, null).length + (v4 ? 0 : NetworkLayers.Fragment.LENGTH);
        int step = (mtu - headerLength) / 8 * 8;
        if (step < 8) {
            throw new IllegalArgumentException(
                    "an MTU of " + mtu + " leaves no room beside " + headerLength + " bytes of headers");
        }
        List<byte[]> packets = new ArrayList<>();
        for (int offset = 0; offset < whole.length; offset += step) {
            boolean more = offset + step < whole.length;
            byte[] part = Arrays.copyOfRange(whole, offset, Math.min(offset + step, whole.length));
            packets.add(fragment(headers, ip, v4, next, offset, more, part));
        }
        return packets;
    }

    private static byte[] fragment(
            List<Layer> headers, int ip, boolean v4, Layer next, int offset, boolean more, byte[] part) {
        List<Layer> parts = new ArrayList<>(headers);
        if (v4) {
            NetworkLayers.Ipv4 ipv4 = ((NetworkLayers.Ipv4) headers.get(ip)).copy();
            if (ipv4.statedNext == Layer.COMPUTE && next != null) {
                ipv4.statedNext = ipv4.nextProtocol(next, 0);
            }
            ipv4.fragmentOffset = offset;
            ipv4.moreFragments = more;
            if (offset > 0) {
                ipv4.options = ipv4.copiedOptions();
            }
            parts.set(ip, ipv4);
        } else {
            NetworkLayers.Fragment header = new NetworkLayers.Fragment(offset, more, IPV6_FRAGMENT_ID);
            header.statedNext = next == null ? Layer.COMPUTE : header.nextProtocol(next, 0);
            parts.add(header);
        }
        parts.add(new TransportLayers.Payload(part));
        return build(parts, 0, null);
    }

    private static byte[] build(List<Layer> layers, int from, Layer.Pseudo pseudo) {
        if (from == layers.size()) {
            return new byte[0];
        }
        Layer layer = layers.get(from);
        Layer next = from + 1 < layers.size() ? layers.get(from + 1) : null;
        return layer.wrap(build(layers, from + 1, inner(layer, pseudo)), next, pseudo);
    }

    private static Layer.Pseudo pseudo(List<Layer> layers, int upTo) {
        Layer.Pseudo pseudo = null;
        for (Layer layer : layers.subList(0, upTo)) {
            pseudo = inner(layer, pseudo);
        }
        return pseudo;
    }

    private static Layer.Pseudo inner(Layer layer, Layer.Pseudo outer) {
        if (layer instanceof NetworkLayers.Ipv4 ipv4) {
            return new Layer.Pseudo(ipv4.source, ipv4.destination);
        }
        if (layer instanceof NetworkLayers.Ipv6 ipv6) {
            return new Layer.Pseudo(ipv6.source, ipv6.destination);
        }
        if (layer instanceof NetworkLayers.Routing routing && routing.finalDestination() != null && outer != null) {
            return new Layer.Pseudo(outer.source(), routing.finalDestination());
        }
        return outer;
    }
}
