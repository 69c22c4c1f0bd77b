package dev.weir.bench;

import dev.weir.WeirException;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a receiver saw and used up in the measured window; the one line of JSON that every receiver prints.
 *
 * @param packets all packets received
 * @param bytes their lengths on the wire
 * @param datagrams those that the receiver recognised as UDP of the flood
 * @param kernelDrops what the kernel counted as lost to this receiver
 * @param cpuUserNs of all threads of the process but the one that answers the harness; the split from {@code cpuSysNs} is
 *     sampled by the kernel and may come out negative for one of them, the sum is exact
 */
record Measurement(
        long packets, long bytes, long datagrams, long kernelDrops, long cpuUserNs, long cpuSysNs, long wallNs) {

    private static final Pattern MEMBER = Pattern.compile("\"(\\w+)\":(-?\\d+)");

    double cpuNsPerPacket() {
        return (double) (cpuUserNs + cpuSysNs) / packets;
    }

    double packetsPerSecond() {
        return packets * 1e9 / wallNs;
    }

    double userShare() {
        return (double) Math.max(0, cpuUserNs) / (cpuUserNs + cpuSysNs);
    }

    /** The same counts, with the processor's time and the clock of a moment later. */
    Measurement at(ProcessCpu cpu, long wallNs) {
        return new Measurement(packets, bytes, datagrams, kernelDrops, cpu.userNs, cpu.sysNs, wallNs);
    }

    Measurement since(Measurement begin) {
        return new Measurement(
                packets - begin.packets,
                bytes - begin.bytes,
                datagrams - begin.datagrams,
                kernelDrops - begin.kernelDrops,
                cpuUserNs - begin.cpuUserNs,
                cpuSysNs - begin.cpuSysNs,
                wallNs - begin.wallNs);
    }

    String toJson() {
        return ("{\"packets\":%d,\"bytes\":%d,\"datagrams\":%d,\"kernel_drops\":%d,"
                        + "\"cpu_user_ns\":%d,\"cpu_sys_ns\":%d,\"wall_ns\":%d}")
                .formatted(packets, bytes, datagrams, kernelDrops, cpuUserNs, cpuSysNs, wallNs);
    }

    static Measurement fromJson(String line) {
        return new Measurement(
                number(line, "packets"),
                number(line, "bytes"),
                number(line, "datagrams"),
                number(line, "kernel_drops"),
                number(line, "cpu_user_ns"),
                number(line, "cpu_sys_ns"),
                number(line, "wall_ns"));
    }

    /** Reads one member of an object that has nothing but numbers. */
    static long number(String line, String name) {
        Map<String, Long> members = new HashMap<>();
        Matcher matcher = MEMBER.matcher(line);
        while (matcher.find()) {
            members.put(matcher.group(1), Long.parseLong(matcher.group(2)));
        }
        Long value = members.get(name);
        if (value == null) {
            throw new WeirException("expected a number \"" + name + "\" in what a measured process printed: " + line);
        }
        return value;
    }
}
