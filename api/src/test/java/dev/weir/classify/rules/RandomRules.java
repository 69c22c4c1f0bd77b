package dev.weir.classify.rules;

import dev.weir.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random rules over few addresses and ports, so that many hold at once. */
final class RandomRules {
    private final Random random;

    RandomRules(Random random) {
        this.random = random;
    }

    List<Rule> rules(int count) {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rules.add(rule(Integer.toString(i)));
        }
        return rules;
    }

    private Rule rule(String id) {
        Rule.Builder rule = Rule.named(id);
        boolean tcp = random.nextBoolean();
        if (random.nextInt(3) == 0) {
            rule.when(ConditionType.IP_SRC_IN, prefixes());
        }
        if (random.nextInt(3) == 0) {
            rule.when(ConditionType.IP_DST_IN, prefixes());
        }
        if (random.nextInt(8) == 0) {
            rule.when(ConditionType.PROTOCOL, random.nextBoolean() ? "tcp" : "udp", "1");
        }
        if (random.nextInt(4) == 0) {
            rule.when(tcp ? ConditionType.TCP_SRC_PORT : ConditionType.UDP_SRC_PORT, ports());
        }
        // A rule without any condition would hide all behind it.
        if (random.nextInt(2) == 0 || rule.drop().conditions().isEmpty()) {
            rule.when(tcp ? ConditionType.TCP_DST_PORT : ConditionType.UDP_DST_PORT, ports());
        }
        return rule.drop();
    }

    private List<String> prefixes() {
        List<String> prefixes = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            boolean v4 = random.nextBoolean();
            int length = random.nextInt(v4 ? 33 : 129);
            length = random.nextInt(3) == 0 ? length : (v4 ? 8 : 32) * (1 + random.nextInt(4));
            IpAddress address = IpAddress.parse(address(v4));
            int bits = v4 ? length + 96 : length;
            prefixes.add(new Prefix(v4 ? 4 : 6, address.high(), address.low(), 128)
                    .cutTo(bits)
                    .toString());
        }
        return prefixes;
    }

    private List<String> ports() {
        List<String> ports = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int first = port();
            ports.add(random.nextInt(3) > 0 ? Integer.toString(first) : first + "-" + Math.min(65_535, first + port()));
        }
        return ports;
    }

    int port() {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> 65_535;
            case 2 -> 250 + random.nextInt(12);
            default -> random.nextInt(12);
        };
    }

    String address(boolean v4) {
        StringBuilder address = new StringBuilder();
        for (int i = 0; i < (v4 ? 4 : 8); i++) {
            // No IPv4-mapped addresses (::ffff:…): the JDK takes them for IPv4.
            int part = i == 0 && !v4 ? 0x2001 : random.nextInt(4) == 0 ? (v4 ? 255 : 65_535) : random.nextInt(3);
            address.append(i == 0 ? "" : v4 ? "." : ":")
                    .append(v4 ? Integer.toString(part) : Integer.toHexString(part));
        }
        return address.toString();
    }
}
