package dev.weir.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * One of those that are measured side by side.
 *
 * @param warmUpSeconds how long the flood runs before its measured window: a JVM has to compile first
 */
record Contender(String name, List<String> command, double warmUpSeconds) {

    static Contender inC(String name, String... command) {
        return new Contender(name, List.of(command), 0.5);
    }

    /** Runs a main class of these benchmarks in a JVM of its own, the same one that runs the harness. */
    static Contender inJava(String name, double warmUpSeconds, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.add("-XX:+UseSerialGC");
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new Contender(name, command, warmUpSeconds);
    }
}
