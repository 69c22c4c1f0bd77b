package dev.weir.classify.rules;

import dev.weir.Protocols;
import dev.weir.packet.Headers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Finds rules by what they say of addresses, protocol and ports, at a cost that does not grow with their number. Each header
 * field of the packet is looked up once, which gives its class ({@link RuleClasses}); the rules are in groups that look at
 * the same fields ({@link Shape}), and each group knows which of its rules a combination of classes satisfies. What costs is
 * the number of groups, at most 32, not that of rules. Immutable; read by any thread.
 */
final class HeaderIndex {
    /** No rule; larger than any position. */
    static final int NONE = Integer.MAX_VALUE;

    private final PrefixTable.Pair sources;
    private final PrefixTable.Pair destinations;
    private final int[] protocols;
    private final PortTable tcpSourcePorts;
    private final PortTable tcpDestinationPorts;
    private final PortTable udpSourcePorts;
    private final PortTable udpDestinationPorts;
    private final Shape[] shapes;

    /** Indexes rules; a rule's position is its index in the list. Conditions about content are left aside. */
    HeaderIndex(List<Rule> rules) {
        this(rules, rule -> true);
    }

    /** Indexes those rules that do not look at content; positions count all. */
    static HeaderIndex withoutContent(List<Rule> rules) {
        return new HeaderIndex(rules, rule -> !rule.looksAtContent());
    }

    private HeaderIndex(List<Rule> rules, Predicate<Rule> which) {
        RuleClasses[] classes = new RuleClasses[HeaderField.values().length];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = new RuleClasses();
        }
        sources = prefixes(rules, ConditionType.IP_SRC_IN, classes[HeaderField.SOURCE.ordinal()]);
        destinations = prefixes(rules, ConditionType.IP_DST_IN, classes[HeaderField.DESTINATION.ordinal()]);
        protocols = protocols(rules, classes[HeaderField.PROTOCOL.ordinal()]);
        RuleClasses sourcePorts = classes[HeaderField.SOURCE_PORT.ordinal()];
        RuleClasses destinationPorts = classes[HeaderField.DESTINATION_PORT.ordinal()];
        tcpSourcePorts = ports(rules, ConditionType.TCP_SRC_PORT, sourcePorts);
        udpSourcePorts = ports(rules, ConditionType.UDP_SRC_PORT, sourcePorts);
        tcpDestinationPorts = ports(rules, ConditionType.TCP_DST_PORT, destinationPorts);
        udpDestinationPorts = ports(rules, ConditionType.UDP_DST_PORT, destinationPorts);
        shapes = shapes(rules, which, classes);
    }

    private static Shape[] shapes(List<Rule> rules, Predicate<Rule> which, RuleClasses[] classes) {
        Map<EnumSet<HeaderField>, List<Integer>> groups = new LinkedHashMap<>();
        for (int position = 0; position < rules.size(); position++) {
            if (!which.test(rules.get(position))) {
                continue;
            }
            EnumSet<HeaderField> fields = EnumSet.noneOf(HeaderField.class);
            for (HeaderField field : HeaderField.values()) {
                if (field.isIn(rules.get(position))) {
                    fields.add(field);
                }
            }
            groups.computeIfAbsent(fields, same -> new ArrayList<>()).add(position);
        }
        return groups.entrySet().stream()
                .map(group -> new Shape(List.copyOf(group.getKey()), group.getValue(), classes))
                .sorted(Comparator.comparingInt(Shape::lowest))
                .toArray(Shape[]::new);
    }

    /** By value, the rules that ask for it; null when none has such a condition. */
    private static <V> Map<V, TreeSet<Integer>> values(
            List<Rule> rules, ConditionType type, Function<String, V> parse) {
        Map<V, TreeSet<Integer>> rulesOf = new HashMap<>();
        for (int position = 0; position < rules.size(); position++) {
            Condition condition = rules.get(position).condition(type);
            if (condition != null) {
                for (String value : condition.values()) {
                    rulesOf.computeIfAbsent(parse.apply(value), same -> new TreeSet<>())
                            .add(position);
                }
            }
        }
        return rulesOf.isEmpty() ? null : rulesOf;
    }

    private static PrefixTable.Pair prefixes(List<Rule> rules, ConditionType type, RuleClasses classes) {
        Map<Prefix, TreeSet<Integer>> rulesOf = values(rules, type, Prefix::parse);
        return rulesOf == null ? null : PrefixTable.build(rulesOf, classes);
    }

    private static PortTable ports(List<Rule> rules, ConditionType type, RuleClasses classes) {
        Map<PortRange, TreeSet<Integer>> rulesOf = values(rules, type, PortRange::parse);
        return rulesOf == null ? null : PortTable.build(rulesOf, classes);
    }

    private static int[] protocols(List<Rule> rules, RuleClasses classes) {
        Map<Integer, TreeSet<Integer>> rulesOf = values(rules, ConditionType.PROTOCOL, IpProtocols::parse);
        if (rulesOf == null) {
            return null;
        }
        int[] numbers = new int[IpProtocols.COUNT];
        rulesOf.forEach((protocol, satisfied) -> numbers[protocol] = classes.number(List.copyOf(satisfied)));
        return numbers;
    }

    /**
     * The position of the first rule whose conditions hold; {@link #NONE} when there is none.
     *
     * @param fromPort the source port, or -1 where it is not known
     * @param toPort the destination port, or -1
     */
    int first(Headers headers, int fromPort, int toPort) {
        int source = sourceClass(headers);
        int destination = destinationClass(headers);
        int protocol = protocolClass(headers);
        int sourcePort = portClass(headers, fromPort, tcpSourcePorts, udpSourcePorts);
        int destinationPort = portClass(headers, toPort, tcpDestinationPorts, udpDestinationPorts);
        int first = NONE;
        for (Shape shape : shapes) {
            if (shape.lowest() >= first) {
                break;
            }
            first = Math.min(first, shape.first(source, destination, protocol, sourcePort, destinationPort));
        }
        return first;
    }

    /** Sets a bit for each rule whose conditions hold, by its position. */
    void all(Headers headers, int fromPort, int toPort, long[] into) {
        int source = sourceClass(headers);
        int destination = destinationClass(headers);
        int protocol = protocolClass(headers);
        int sourcePort = portClass(headers, fromPort, tcpSourcePorts, udpSourcePorts);
        int destinationPort = portClass(headers, toPort, tcpDestinationPorts, udpDestinationPorts);
        for (Shape shape : shapes) {
            shape.all(source, destination, protocol, sourcePort, destinationPort, into);
        }
    }

    private int sourceClass(Headers headers) {
        return sources == null
                ? RuleClasses.NONE
                : sources.classOf(headers.ipVersion(), headers.sourceHigh(), headers.sourceLow());
    }

    private int destinationClass(Headers headers) {
        return destinations == null
                ? RuleClasses.NONE
                : destinations.classOf(headers.ipVersion(), headers.destinationHigh(), headers.destinationLow());
    }

    private int protocolClass(Headers headers) {
        return protocols == null || headers.protocol() < 0 ? RuleClasses.NONE : protocols[headers.protocol()];
    }

    private static int portClass(Headers headers, int port, PortTable tcp, PortTable udp) {
        int protocol = headers.protocol();
        PortTable table = protocol == Protocols.TCP ? tcp : protocol == Protocols.UDP ? udp : null;
        return table == null || port < 0 ? RuleClasses.NONE : table.classOf(port);
    }
}
