package dev.weir.testkit.packet;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Headers below IP. */
final class LinkLayers {
    private static final int ARPHRD_ETHER = 1;

    private LinkLayers() {}

    /** Destination, source, type (IEEE 802.3, 3.2.6). */
    static final class Ethernet extends Layer {
        byte[] source;
        byte[] destination;

        Ethernet(byte[] source, byte[] destination) {
            this.source = source;
            this.destination = destination;
        }

        @Override
        String name() {
            return "ethernet";
        }

        /** Within a tunnel ("Transparent Ethernet Bridging"). */
        @Override
        int etherType() {
            return 0x6558;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int type = nextEtherType(next);
            // without a type it is the length of an 802.3 frame
            int typeOrLength = statedLength != COMPUTE ? statedLength : type == COMPUTE ? payload.length : type;
            return joined(ByteBuffer.allocate(14).put(destination).put(source).putShort((short) typeOrLength), payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Ethernet(source, destination));
        }
    }

    /** Tag control information, then the type of what follows (IEEE 802.1Q, 9.6). */
    static final class Vlan extends Layer {
        private final int tpid;
        int priority;
        private final int id;

        Vlan(int tpid, int id) {
            this.tpid = tpid;
            this.id = id;
        }

        @Override
        String name() {
            return "vlan";
        }

        @Override
        int etherType() {
            return tpid;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int type = nextEtherType(next);
            return joined(
                    ByteBuffer.allocate(4)
                            .putShort((short) (priority << 13 | id))
                            .putShort((short) (type == COMPUTE ? payload.length : type)),
                    payload);
        }

        @Override
        Layer copy() {
            Vlan copy = new Vlan(tpid, id);
            copy.priority = priority;
            return stateAs(copy);
        }
    }

    /** LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, protocol. */
    static final class LinuxCooked1 extends Layer {
        @Override
        String name() {
            return "linuxCooked";
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            return joined(
                    ByteBuffer.allocate(16)
                            .putShort((short) 0)
                            .putShort((short) ARPHRD_ETHER)
                            .putShort((short) 6)
                            .put(PacketBuilder.CLIENT_MAC)
                            .putShort((short) 0)
                            .putShort((short) Math.max(nextEtherType(next), 0)),
                    payload);
        }

        @Override
        Layer copy() {
            return stateAs(new LinuxCooked1());
        }
    }

    /** LINKTYPE_LINUX_SLL2: protocol, reserved, interface index, ARPHRD, packet type, address length, address. */
    static final class LinuxCooked2 extends Layer {
        private final int interfaceIndex;

        LinuxCooked2(int interfaceIndex) {
            this.interfaceIndex = interfaceIndex;
        }

        @Override
        String name() {
            return "linuxCooked2";
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            return joined(
                    ByteBuffer.allocate(20)
                            .putShort((short) Math.max(nextEtherType(next), 0))
                            .putShort((short) 0)
                            .putInt(interfaceIndex)
                            .putShort((short) ARPHRD_ETHER)
                            .put((byte) 0)
                            .put((byte) 6)
                            .put(PacketBuilder.CLIENT_MAC)
                            .putShort((short) 0),
                    payload);
        }

        @Override
        Layer copy() {
            return stateAs(new LinuxCooked2(interfaceIndex));
        }
    }

    /** LINKTYPE_NULL and LINKTYPE_LOOP: the address family, in either byte order. */
    static final class Loopback extends Layer {
        private final ByteOrder order;

        Loopback(ByteOrder order) {
            this.order = order;
        }

        @Override
        String name() {
            return "loopback";
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            int bsdFamily = next instanceof NetworkLayers.Ipv6 ? 30 : 2;
            return joined(ByteBuffer.allocate(4).order(order).putInt(bsdFamily), payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Loopback(order));
        }
    }

    /** Who has an address, or who is it (RFC 826), for Ethernet and IPv4. */
    static final class Arp extends Layer {
        private final int operation;
        private final byte[] senderMac;
        private final byte[] senderIp;
        private final byte[] targetMac;
        private final byte[] targetIp;

        Arp(int operation, byte[] senderMac, byte[] senderIp, byte[] targetMac, byte[] targetIp) {
            this.operation = operation;
            this.senderMac = senderMac;
            this.senderIp = senderIp;
            this.targetMac = targetMac;
            this.targetIp = targetIp;
        }

        @Override
        String name() {
            return "arp";
        }

        @Override
        int etherType() {
            return 0x0806;
        }

        @Override
        byte[] wrap(byte[] payload, Layer next, Pseudo pseudo) {
            return joined(
                    ByteBuffer.allocate(28)
                            .putShort((short) ARPHRD_ETHER)
                            .putShort((short) 0x0800)
                            .put((byte) 6)
                            .put((byte) 4)
                            .putShort((short) operation)
                            .put(senderMac)
                            .put(senderIp)
                            .put(targetMac)
                            .put(targetIp),
                    payload);
        }

        @Override
        Layer copy() {
            return stateAs(new Arp(operation, senderMac, senderIp, targetMac, targetIp));
        }
    }
}
