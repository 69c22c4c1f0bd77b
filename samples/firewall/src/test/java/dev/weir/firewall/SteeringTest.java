package dev.weir.firewall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import dev.weir.firewall.Commands.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which programs are run to steer, with what the rules of this host are made up. */
class SteeringTest {
    private static final QueueRange QUEUES = new QueueRange(0, 1);

    private final List<String> run = new ArrayList<>();
    private String listing = "";
    private String failing = "nothing";

    private Steering steering() {
        return new Steering(
                command -> {
                    String line = String.join(" ", command).replace("-w 10 ", "");
                    if (!line.endsWith("-S")) {
                        run.add(line);
                    }
                    if (line.contains(failing)) {
                        return new Result(1, "", "no such thing");
                    }
                    // Deleting ends when there is nothing to delete any more.
                    boolean gone = line.contains("-D")
                            && run.stream().filter(line::equals).count() > 1;
                    return new Result(gone ? 1 : 0, line.endsWith("-S") ? listing : "", "");
                },
                QUEUES,
                false);
    }

    @Test
    void trafficComesOnlyWhenTheChainIsWhole() {
        steering().add("FORWARD", true, false);
        assertEquals(
                List.of(
                        "iptables -t mangle -N WEIR-0-1",
                        "iptables -t mangle -A WEIR-0-1 -m mark --mark 0x57524a54 -j RETURN",
                        "iptables -t mangle -A WEIR-0-1 -j NFQUEUE --queue-balance 0:1 --queue-bypass",
                        "iptables -t mangle -I FORWARD 1 -m comment --comment weir firewall, queues 0-1 -j WEIR-0-1"),
                run);
    }

    @Test
    void withoutBypassTrafficStopsWithTheFirewall() {
        steering().add("INPUT", false, false);
        assertTrue(run.contains("iptables -t mangle -A WEIR-0-1 -j NFQUEUE --queue-balance 0:1"), run::toString);
    }

    @Test
    void decisionsAreSavedAndAskedForBeforeTheQueue() {
        steering().add("INPUT", false, true);
        int saved = indexOf("-t filter -A WEIR-0-1 -m mark --mark 0x10000000/0x30000000 -j CONNMARK --save-mark");
        int accepted = indexOf("-t mangle -A WEIR-0-1 -m connmark --mark 0x10000000/0x30000000 -j RETURN");
        int dropped = indexOf("-t mangle -A WEIR-0-1 -m connmark --mark 0x20000000/0x30000000 -j DROP");
        int queued = indexOf("-j NFQUEUE");
        assertTrue(saved < accepted && accepted < dropped && dropped < queued, run::toString);
    }

    @Test
    void whatCannotBeAddedWholeIsTakenAwayAgain() {
        failing = "NFQUEUE";
        listing = "-P FORWARD ACCEPT\n-N WEIR-0-1\n";
        WeirException refused =
                assertThrows(WeirException.class, () -> steering().add("FORWARD", false, false));
        assertTrue(refused.getMessage().contains("no such thing"), refused.getMessage());
        assertTrue(indexOf("-t mangle -X WEIR-0-1") > indexOf("-t mangle -F WEIR-0-1"), run::toString);
    }

    @Test
    void onlyLeftoversAreTakenAwayAndTheRulesOfOthersStay() {
        listing =
                """
                -P FORWARD ACCEPT
                -N DOCKER
                -N WEIR-0
                -N WEIR-1-7
                -N WEIR-8-9
                -N WEIR-20
                -N WEIR-rd
                -A FORWARD -m comment --comment "weir firewall, queues 8-9" -j WEIR-8-9
                """;
        // Somebody has queue 9; nobody has 20. 0 and 1 are ours.
        Set<String> found = steering().removeLeftovers(number -> number == 9);
        assertEquals(Set.of("WEIR-0", "WEIR-1-7", "WEIR-20"), found);
        assertTrue(run.stream().noneMatch(line -> line.contains("DOCKER") || line.contains("8-9")), run::toString);
    }

    /** A packet that a queue accepts goes on behind the table, past every rule that follows in it. */
    @Test
    void otherFirewallsBehindTheSameHookAreTold() {
        listing =
                """
                -N WEIR-0-1
                -N WEIR-4
                -N WEIR-5
                -A INPUT -m comment --comment "weir firewall, queues 5" -j WEIR-5
                -A FORWARD -m comment --comment "weir firewall, queues 0-1" -j WEIR-0-1
                -A FORWARD -m comment --comment "weir firewall, queues 4" -j WEIR-4
                -A FORWARD -j WEIR-rd
                """;
        assertEquals(Set.of("WEIR-4"), steering().add("FORWARD", false, false));
        assertEquals(Set.of(), steering().add("OUTPUT", false, false));
    }

    @Test
    void afterTheEndNothingIsAdded() {
        Steering steering = steering();
        steering.close();
        run.clear();
        steering.add("FORWARD", false, false);
        assertEquals(List.of(), run);
    }

    private int indexOf(String part) {
        for (int i = 0; i < run.size(); i++) {
            if (run.get(i).contains(part)) {
                return i;
            }
        }
        throw new AssertionError(part + " is not in " + run);
    }
}
