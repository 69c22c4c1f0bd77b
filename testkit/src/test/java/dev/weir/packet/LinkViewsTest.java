package dev.weir.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.testkit.packet.PacketBuilder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class LinkViewsTest {
    private final Bytes window = new Bytes();

    private static Bytes hex(String text) {
        return Bytes.of(HexFormat.of().parseHex(text.replace(" ", "")));
    }

    @Test
    void ethernet() {
        Bytes frame = Bytes.of(PacketBuilder.ethernet("02:aa:bb:cc:dd:ee", "ff:ff:ff:ff:ff:ff")
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .build());
        EthernetView view = new EthernetView();
        assertTrue(view.wrap(frame, 0, frame.length()));
        assertEquals("02:aa:bb:cc:dd:ee", MacAddress.format(view.source()));
        assertEquals(MacAddress.BROADCAST, view.destination());
        assertTrue(MacAddress.isGroup(view.destination()) && !MacAddress.isGroup(view.source()));
        assertEquals(EtherTypes.IPV4, view.type());
        assertFalse(view.isLengthInsteadOfType());
        assertEquals(28, view.payload(window).length());
        assertEquals(0x45, window.u8(0));
        assertFalse(view.wrap(frame, 0, 13), "cut off by what is before");
        assertFalse(view.wrap(hex("020000000001 020000000002 08"), 0, 100), "cut off by the capture");
        assertFalse(view.wrap(frame, -1, 20));
        assertFalse(view.wrap(frame, frame.length() + 5, 20));
    }

    @Test
    void whatIsNoHeaderCannotBeReadByMistake() {
        EthernetView view = new EthernetView();
        assertThrows(IndexOutOfBoundsException.class, view::type);
        Bytes frame = Bytes.of(PacketBuilder.ethernet().payload("x").build());
        assertTrue(view.wrap(frame, 0, frame.length()));
        assertFalse(view.wrap(frame, 2, frame.length()));
        assertThrows(IndexOutOfBoundsException.class, view::type);
    }

    @Test
    void tagsOneInTheOther() {
        Bytes frame = Bytes.of(PacketBuilder.ethernet()
                .qinq(100, 7)
                .vlanPriority(5)
                .ipv4("10.0.0.1", "10.0.0.2")
                .build());
        VlanView outer = new VlanView();
        assertTrue(outer.wrap(frame, 14, frame.length()));
        assertEquals(100, outer.identifier());
        assertTrue(EtherTypes.isVlan(outer.type()));
        VlanView inner = new VlanView();
        outer.payload(window);
        assertTrue(inner.wrap(window, 0, window.length()));
        assertEquals(7, inner.identifier());
        assertEquals(5, inner.priority());
        assertFalse(inner.isDropEligible());
        assertEquals(EtherTypes.IPV4, inner.type());
        assertTrue(inner.wrap(hex("1fff 0800"), 0, 4) && inner.isDropEligible());
        assertEquals(4095, inner.identifier());
    }

    @Test
    void linuxCookedInBothVersions() {
        LinuxCookedView view = new LinuxCookedView();
        assertTrue(view.wrap(hex("0004 0001 0006 020000000001 0000 86dd ff"), LinkType.LINUX_SLL));
        assertEquals(1, view.version());
        assertEquals(4, view.packetType());
        assertEquals(1, view.hardwareType());
        assertEquals("02:00:00:00:00:01", MacAddress.format(view.address()));
        assertEquals(EtherTypes.IPV6, view.protocol());
        assertEquals(-1, view.interfaceIndex());
        assertEquals(0xff, view.payload(window).u8(0));

        assertTrue(view.wrap(hex("0800 0000 00000007 0001 03 08 0102030405060708 ee"), LinkType.LINUX_SLL2));
        assertEquals(2, view.version());
        assertEquals(3, view.packetType());
        assertEquals(1, view.hardwareType());
        assertEquals(0x0102030405060708L, view.address());
        assertEquals(EtherTypes.IPV4, view.protocol());
        assertEquals(7, view.interfaceIndex());
        assertEquals(0xee, view.payload(window).u8(0));

        assertTrue(view.wrap(hex("0004 0304 0000 ffffffffffff ffff 0800"), LinkType.LINUX_SLL));
        assertEquals(0, view.address(), "an address of no length");
        assertTrue(view.wrap(hex("0004 0304 ffff 0102030405060708 0800"), LinkType.LINUX_SLL));
        assertEquals(0x0102030405060708L, view.address(), "of a longer one the first eight bytes");
        assertFalse(view.wrap(hex("0004 0304 0000 ffffffffffff ffff 08"), LinkType.LINUX_SLL));
        assertFalse(view.wrap(hex("0004 0304 0000 ffffffffffff ffff 0800"), LinkType.LINUX_SLL2));
        assertFalse(view.wrap(hex("0004 0304 0000 ffffffffffff ffff 0800"), LinkType.ETHERNET));
    }

    @Test
    void arp() {
        Bytes frame = Bytes.of(PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                .arpReply("10.0.0.2", "10.0.0.1")
                .build());
        ArpView view = new ArpView();
        assertTrue(view.wrap(frame, 14, frame.length()));
        assertEquals(ArpView.REPLY, view.operation());
        assertTrue(view.isEthernetAndIpv4());
        assertEquals("02:00:00:00:00:02", MacAddress.format(view.senderHardwareAddress()));
        assertEquals("10.0.0.2", IpAddress.format(4, 0, view.senderAddress()));
        assertEquals("02:00:00:00:00:01", MacAddress.format(view.targetHardwareAddress()));
        assertEquals("10.0.0.1", IpAddress.format(4, 0, view.targetAddress()));
        assertEquals(28, view.headerLength());
        assertFalse(view.wrap(frame, 14, 27));

        assertTrue(view.wrap(hex("0020 86dd 01 02 0001 aa bbbb cc dddd"), 0, 100));
        assertFalse(view.isEthernetAndIpv4());
        assertEquals(0, view.senderAddress());
        assertFalse(view.wrap(hex("0020 86dd ff ff 0001 aa bbbb cc dddd"), 0, 100), "addresses that are not there");
    }

    @Test
    void labels() {
        byte[] frame = PacketBuilder.ethernet()
                .mpls(16, 0xfffff, 3)
                .ipv4("10.0.0.1", "10.0.0.2")
                .build();
        MplsView view = new MplsView();
        assertTrue(view.wrap(Bytes.of(frame), 14, frame.length));
        assertEquals(3, view.count());
        assertEquals(16, view.label(0));
        assertEquals(0xfffff, view.label(1));
        assertEquals(3, view.label(2));
        assertEquals(64, view.timeToLive(0));
        assertEquals(0, view.trafficClass(1));
        assertEquals(0x45, view.payload(window).u8(0));
        assertFalse(view.wrap(Bytes.of(Arrays.copyOf(frame, 25)), 14, 100), "the bottom is cut off");
        assertTrue(view.wrap(hex("00001bff"), 0, 4));
        assertEquals(5, view.trafficClass(0));
        assertThrows(IndexOutOfBoundsException.class, () -> view.label(1));
    }
}
