package dev.weir.classify.rules;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.LinkType;
import dev.weir.Protocols;
import dev.weir.packet.Bytes;
import dev.weir.packet.Headers;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index finds what going through all rules in order finds. */
class HeaderIndexTest {
    private static final int PACKETS = 500;

    private final Random random = new Random(4);
    private final RandomRules source = new RandomRules(random);

    /** A packet as the test knows it. */
    private record Probe(String source, String destination, int protocol, int sourcePort, int destinationPort) {
        Headers headers() {
            byte[] from = bytes(source);
            byte[] to = bytes(destination);
            boolean v4 = from.length == 4;
            ByteBuffer packet = ByteBuffer.allocate((v4 ? 20 : 40) + 20);
            if (v4) {
                packet.put(0, (byte) 0x45)
                        .putShort(2, (short) packet.capacity())
                        .put(9, (byte) protocol);
                packet.put(12, from).put(16, to);
            } else {
                packet.put(0, (byte) 0x60).putShort(4, (short) 20).put(6, (byte) protocol);
                packet.put(8, from).put(24, to);
            }
            int transport = v4 ? 20 : 40;
            packet.putShort(transport, (short) sourcePort).putShort(transport + 2, (short) destinationPort);
            packet.put(transport + 12, (byte) 0x50); // TCP: five words of header
            Headers headers = new Headers();
            headers.decode(Bytes.of(packet.array()), LinkType.RAW);
            return headers;
        }

        boolean satisfies(Rule rule) {
            return rule.conditions().stream().allMatch(condition -> condition.values().stream()
                    .anyMatch(value -> satisfies(condition.type(), value)));
        }

        private boolean satisfies(ConditionType type, String value) {
            return switch (type) {
                case IP_SRC_IN -> isIn(source, value);
                case IP_DST_IN -> isIn(destination, value);
                case PROTOCOL ->
                    Protocols.name(protocol).toLowerCase().equals(value)
                            || Integer.toString(protocol).equals(value);
                case TCP_SRC_PORT -> protocol == Protocols.TCP && isIn(sourcePort, value);
                case TCP_DST_PORT -> protocol == Protocols.TCP && isIn(destinationPort, value);
                case UDP_SRC_PORT -> protocol == Protocols.UDP && isIn(sourcePort, value);
                case UDP_DST_PORT -> protocol == Protocols.UDP && isIn(destinationPort, value);
                default -> throw new AssertionError(type);
            };
        }

        private static boolean isIn(String address, String prefix) {
            String[] parts = prefix.split("/");
            byte[] bytes = bytes(address);
            byte[] first = bytes(parts[0]);
            int rest = bytes.length * 8 - Integer.parseInt(parts[1]);
            return bytes.length == first.length
                    && new BigInteger(1, bytes).shiftRight(rest).equals(new BigInteger(1, first).shiftRight(rest));
        }

        private static byte[] bytes(String address) {
            try {
                return InetAddress.getByName(address).getAddress();
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        }

        private static boolean isIn(int port, String range) {
            String[] ends = range.split("-");
            return port >= Integer.parseInt(ends[0]) && port <= Integer.parseInt(ends[ends.length - 1]);
        }
    }

    private Probe probe() {
        boolean v4 = random.nextBoolean();
        int protocol = new int[] {Protocols.TCP, Protocols.UDP, Protocols.TCP, Protocols.UDP, Protocols.ICMP, 250}
                [random.nextInt(6)];
        return new Probe(source.address(v4), source.address(v4), protocol, source.port(), source.port());
    }

    private static int port(Headers headers, int port) {
        return headers.hasPorts() ? port : -1;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 64, 65, 600, 4_200})
    void theFirstRuleInOrderWins(int count) {
        List<Rule> rules = source.rules(count);
        HeaderIndex index = new HeaderIndex(rules);
        int found = 0;
        int several = 0;
        for (int i = 0; i < PACKETS; i++) {
            Probe probe = probe();
            Headers headers = probe.headers();
            long[] expectedAll = new long[(count + 63) / 64];
            int expected = HeaderIndex.NONE;
            int matching = 0;
            for (int position = 0; position < count; position++) {
                if (probe.satisfies(rules.get(position))) {
                    expected = Math.min(expected, position);
                    expectedAll[position / 64] |= 1L << position;
                    matching++;
                }
            }
            int from = port(headers, headers.sourcePort());
            int to = port(headers, headers.destinationPort());
            assertEquals(expected, index.first(headers, from, to), probe::toString);
            long[] all = new long[expectedAll.length];
            index.all(headers, from, to, all);
            assertArrayEquals(expectedAll, all, probe::toString);
            found += matching > 0 ? 1 : 0;
            several += matching > 1 ? 1 : 0;
        }
        assertTrue(found > 5 && (count < 64 || found > 100), found + " packets found a rule");
        assertTrue(count < 64 || several > 100, several + " packets had more than one");
    }

    @Test
    void aThousandTimesAsManyRulesCostNoTenTimesAsMuch() {
        List<Headers> packets = Stream.generate(() ->
                        new Probe("192.0.2." + random.nextInt(256), "172.200.1.1", Protocols.TCP, 4711, 9).headers())
                .limit(PACKETS)
                .toList();
        HeaderIndex few = new HeaderIndex(numbered(6));
        HeaderIndex many = new HeaderIndex(numbered(6_000));
        double ratio = Double.MAX_VALUE;
        for (int round = 0; round < 200 && ratio > 2; round++) {
            ratio = Math.min(ratio, (double) timeNs(many, packets) / timeNs(few, packets));
        }
        assertTrue(ratio < 10, ratio + " times");
    }

    /** Rules about sources, ports, and destinations with ports, in turns. */
    private static List<Rule> numbered(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    String place = (i >>> 8) + "." + (i & 0xff);
                    Rule.Builder rule = Rule.named("rule " + i);
                    return switch (i % 3) {
                        case 0 ->
                            rule.when(ConditionType.IP_SRC_IN, "10." + place + ".0/24")
                                    .drop();
                        case 1 ->
                            rule.when(ConditionType.TCP_DST_PORT, Integer.toString(20_000 + i))
                                    .drop();
                        default ->
                            rule.when(ConditionType.IP_DST_IN, "172." + place + ".0/24")
                                    .when(ConditionType.TCP_DST_PORT, "1-1023")
                                    .drop();
                    };
                })
                .toList();
    }

    private static long timeNs(HeaderIndex index, List<Headers> packets) {
        long begin = System.nanoTime();
        for (Headers headers : packets) {
            assertEquals(HeaderIndex.NONE, index.first(headers, headers.sourcePort(), headers.destinationPort()));
        }
        return System.nanoTime() - begin;
    }
}
