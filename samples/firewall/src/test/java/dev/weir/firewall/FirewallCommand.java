package dev.weir.firewall;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** How the firewall is run as a process of its own. */
final class FirewallCommand {
    private FirewallCommand() {}

    static String[] with(String... options) {
        List<String> java = List.of(
                "env",
                "--default-signal=HUP", // whoever runs the tests may have it ignored
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx192m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Firewall.class.getName());
        return Stream.concat(java.stream(), Stream.of(options)).toArray(String[]::new);
    }
}
