package dev.weir.classify.regex;

import dev.weir.classify.regex.Assertion.Neighbour;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Every pattern begins anew at each place of the input. Where that leads to over a symbol depends on the symbol and on
 * what stands before the place alone, so it is worked out once: of thousands of patterns, few begin with the same byte.
 * Immutable; read by any thread.
 */
final class Restarts {
    /** Where patterns stand that read their first symbol, and which have matched with it. */
    record Leap(int[] reached, int[] matches) {
        private static final Leap NOWHERE = new Leap(State.NOTHING, State.NOTHING);

        private boolean leadsOn() {
            return reached.length > 0 || matches.length > 0;
        }
    }

    private final Map<Neighbour, Leap[]> leaps = new EnumMap<>(Neighbour.class);
    private final boolean anchored;

    Restarts(Program program, ByteClasses classes, Simulation simulation) {
        Set<Neighbour> neighbours = new HashSet<>();
        for (int symbol = 0; symbol <= classes.end(); symbol++) {
            neighbours.add(classes.neighbour(symbol));
        }
        boolean leadsOn = false;
        for (Neighbour before : neighbours) {
            simulation.begin(before);
            int[] begun = simulation.reached.toArray();
            Leap[] bySymbol = new Leap[classes.end() + 1];
            for (int symbol = 0; symbol < bySymbol.length; symbol++) {
                simulation.step(begun, begun.length, before, symbol, null);
                Leap leap = new Leap(simulation.reached.toArray(), simulation.matches.toArray());
                bySymbol[symbol] = leap.leadsOn() ? leap : Leap.NOWHERE;
                leadsOn |= before != Neighbour.EDGE && leap.leadsOn();
            }
            leaps.put(before, bySymbol);
        }
        anchored = !leadsOn;
    }

    /** Where patterns lead that begin behind {@code before}, over a symbol. */
    Leap from(Neighbour before, int symbol) {
        return leaps.get(before)[symbol];
    }

    /** True when no pattern can begin but at the start of the input. */
    boolean areAnchored() {
        return anchored;
    }
}
