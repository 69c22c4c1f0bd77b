package dev.weir.linux;

import java.util.HexFormat;

/**
 * What an interface was when {@link Interfaces} looked.
 *
 * @param flags bits {@code If.IFF_…}, the lower 16
 * @param mtuBytes without the link-layer header
 * @param hardwareType the ARPHRD type, {@link IfArp}
 * @param hardwareAddress the first six bytes of the link-layer address, all zero where there is none
 */
public record NetworkInterface(
        int index, String name, int flags, int mtuBytes, int hardwareType, HardwareAddress hardwareAddress) {
    /** Switched on by the administrator. */
    public boolean isUp() {
        return (flags & If.IFF_UP) != 0;
    }

    /** Operational: there is a carrier. */
    public boolean isRunning() {
        return (flags & If.IFF_RUNNING) != 0;
    }

    /** Set by `ip link set promisc on`; what packet sockets ask for is counted elsewhere and does not show here. */
    public boolean isPromiscuous() {
        return (flags & If.IFF_PROMISC) != 0;
    }

    public boolean isLoopback() {
        return (flags & If.IFF_LOOPBACK) != 0;
    }

    /** Frames start with an Ethernet header; those of the loopback do too. */
    public boolean hasEthernetHeader() {
        return hardwareType == IfArp.ARPHRD_ETHER || hardwareType == IfArp.ARPHRD_LOOPBACK;
    }

    /** Six bytes, the first one in bits 47 to 40. */
    public record HardwareAddress(long bits) {
        @Override
        public String toString() {
            byte[] bytes = new byte[6];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (bits >>> (40 - 8 * i));
            }
            return HexFormat.ofDelimiter(":").formatHex(bytes);
        }
    }
}
