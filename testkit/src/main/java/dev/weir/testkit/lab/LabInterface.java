package dev.weir.testkit.lab;

/**
 * One end of a cable.
 *
 * @param name as the kernel knows it in its host, for example {@code eth0}
 * @param ipv4 its IPv4 address, prefix length 24
 * @param ipv6 its IPv6 address, prefix length 64
 */
public record LabInterface(String name, String ipv4, String ipv6) {}
