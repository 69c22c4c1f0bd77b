package dev.weir.bench;

import dev.weir.WeirException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Runs contenders side by side: each round measures every one of them once, forwards in one round and backwards in the
 * next, so that what drifts on the machine meets all alike. Samples of one round are compared as pairs.
 */
final class Rounds {
    private final Map<String, List<Sample>> samples = new LinkedHashMap<>();

    /** Measures one contender once; rounds count from 1. */
    interface Measure {
        Sample apply(int round, Contender contender);
    }

    static Rounds run(int rounds, List<Contender> contenders, Measure measure) {
        Rounds result = new Rounds();
        contenders.forEach(contender -> result.samples.put(contender.name(), new ArrayList<>()));
        List<Contender> order = new ArrayList<>(contenders);
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : order) {
                Sample sample = measure.apply(round, contender);
                if (sample.measurement().packets() == 0) {
                    throw new WeirException(contender.name() + " received nothing of " + sample.sent() + " packets");
                }
                result.samples.get(contender.name()).add(sample);
            }
            Collections.reverse(order);
        }
        return result;
    }

    Iterable<String> names() {
        return samples.keySet();
    }

    /** How many rounds there were. */
    int count() {
        return samples.values().iterator().next().size();
    }

    boolean has(String name) {
        return samples.containsKey(name);
    }

    double[] of(String name, ToDoubleFunction<Sample> figure) {
        return samples.get(name).stream().mapToDouble(figure).toArray();
    }
}
