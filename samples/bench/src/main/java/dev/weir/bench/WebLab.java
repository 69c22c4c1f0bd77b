package dev.weir.bench;

import dev.weir.WeirException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A client, a filter that forwards, and a server with nginx, each in a network namespace of its own. What a rule of the
 * filter leads to a queue is all the traffic between the two, in both directions.
 */
final class WebLab implements AutoCloseable {
    private static final String SERVER_ADDRESS = "10.77.2.2";
    private static final int PORT = 80;
    private static final long NGINX_PATIENCE_MS = 5_000;

    private static final String CONFIGURATION =
            """
            daemon off;
            master_process off;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log;
            events { worker_connections 2048; }
            http {
                access_log off;
                client_body_temp_path %1$s;
                proxy_temp_path %1$s;
                fastcgi_temp_path %1$s;
                uwsgi_temp_path %1$s;
                scgi_temp_path %1$s;
                keepalive_requests 1000000000;
                keepalive_timeout 300s;
                sendfile on;
                tcp_nopush on;
                server { listen 80 backlog=2048; root %1$s; }
            }
            """;

    private final String prefix = BenchLink.PREFIX + ProcessHandle.current().pid();
    private final Path directory;
    private final Thread removal = new Thread(this::remove, "web-lab-removal");
    private Process nginx;

    private WebLab(Path directory) {
        this.directory = directory;
    }

    /** @param congestionControl of the server's TCP, whatever the machine is set to */
    static WebLab open(String congestionControl) {
        if (!"0".equals(Commands.check("id", "-u"))) {
            throw new WeirException("this benchmark makes network namespaces: run it as root");
        }
        BenchLink.removeLeftovers();
        try {
            WebLab lab = new WebLab(Files.createTempDirectory("weir-web"));
            Runtime.getRuntime().addShutdownHook(lab.removal);
            lab.connect(congestionControl);
            lab.serve();
            return lab;
        } catch (IOException e) {
            throw new WeirException("cannot lay out the files that nginx serves: " + e.getMessage(), e);
        }
    }

    private void connect(String congestionControl) {
        for (String host : List.of("client", "filter", "server")) {
            Commands.check("ip", "netns", "add", name(host));
            check(host, "ip", "link", "set", "lo", "up");
        }
        cable("client", "10.77.1.1", "filter", "c", "10.77.1.2");
        cable("server", SERVER_ADDRESS, "filter", "s", "10.77.2.1");
        check("client", "ip", "route", "add", "default", "via", "10.77.1.2");
        check("server", "ip", "route", "add", "default", "via", "10.77.2.1", "congctl", congestionControl);
        check("filter", "sysctl", "-qw", "net.ipv4.ip_forward=1");
        check("server", "sysctl", "-qw", "net.core.somaxconn=4096", "net.ipv4.tcp_max_syn_backlog=4096");
        check("filter", words("iptables -w 5 -A FORWARD -p tcp -j ACCEPT"));
    }

    private void cable(String host, String address, String filter, String end, String filterAddress) {
        check(host, words("ip link add eth0 type veth peer name " + end + " netns " + name(filter)));
        check(host, words("ip addr add " + address + "/24 dev eth0"));
        check(host, words("ip link set eth0 up"));
        check(filter, words("ip addr add " + filterAddress + "/24 dev " + end));
        check(filter, words("ip link set " + end + " up"));
    }

    private void serve() throws IOException {
        byte[] small = new byte[128];
        byte[] large = new byte[64 << 10];
        Arrays.fill(small, (byte) 's');
        Arrays.fill(large, (byte) 'l');
        Files.write(directory.resolve("small"), small);
        Files.write(directory.resolve("large"), large);
        Files.writeString(
                directory.resolve("nginx.conf"), String.format(Locale.ROOT, CONFIGURATION, directory.toString()));
        try (InputStream script = WebLab.class.getResourceAsStream("wrk_report.lua")) {
            Files.copy(script, directory.resolve("report.lua"), StandardCopyOption.REPLACE_EXISTING);
        }
        // The name in configurations of Debian's user for web servers; files of root are then not readable.
        Commands.check("chmod", "-R", "a+rX", directory.toString());
        nginx = new ProcessBuilder(inside(
                        "server",
                        List.of("nginx", "-c", directory.resolve("nginx.conf").toString())))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nginx.out").toFile())
                .start();
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(NGINX_PATIENCE_MS);
        while (!check("server", "ss", "-Hltn").contains(":" + PORT + " ")) {
            if (System.nanoTime() > untilNs || !nginx.isAlive()) {
                throw new WeirException("nginx does not serve: "
                        + Files.readString(directory.resolve("nginx.out")).strip());
            }
        }
    }

    /** Leads what is forwarded to a queue; a negative number leads it nowhere. */
    void leadTo(int queue) {
        String target = queue < 0 ? "ACCEPT" : "NFQUEUE --queue-num " + queue;
        check("filter", words("iptables -w 5 -R FORWARD 1 -p tcp -j " + target));
    }

    /**
     * Requests a page over and over.
     *
     * @param page "small", 128 bytes, or "large", 64 KiB
     */
    WebSample load(String page, int connections, double seconds) {
        List<String> command = inside(
                "client",
                List.of(
                        "wrk",
                        "-t",
                        "1",
                        "-c",
                        Integer.toString(connections),
                        "-d",
                        Math.max(1, Math.round(seconds)) + "s",
                        "--timeout",
                        "2s",
                        "-s",
                        directory.resolve("report.lua").toString(),
                        "http://" + SERVER_ADDRESS + "/" + page));
        return WebSample.of(Commands.check(command.toArray(String[]::new)));
    }

    /** The command as it is run on the filter. */
    List<String> onFilter(List<String> command) {
        return inside("filter", command);
    }

    private List<String> inside(String host, List<String> command) {
        List<String> wrapped = new ArrayList<>(List.of("ip", "netns", "exec", name(host)));
        wrapped.addAll(command);
        return wrapped;
    }

    private String check(String host, String... command) {
        return Commands.check(inside(host, List.of(command)).toArray(String[]::new));
    }

    private static String[] words(String command) {
        return command.split(" ");
    }

    private String name(String host) {
        return prefix + "-" + host;
    }

    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(removal);
        } catch (IllegalStateException shuttingDown) {
            // Then the hook runs, and finds nothing to do.
        }
    }

    private synchronized void remove() {
        if (nginx != null) {
            nginx.destroy();
            try {
                nginx.waitFor(2, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            nginx = null;
        }
        for (String host : List.of("client", "filter", "server")) {
            Commands.run(null, List.of("ip", "netns", "delete", name(host)));
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // removed already
        }
    }
}
