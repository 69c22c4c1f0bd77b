package dev.weir.nfqueue;

import dev.weir.Pipeline;
import dev.weir.Verdict;
import dev.weir.WeirException;
import dev.weir.spi.CaptureProvider;
import dev.weir.testkit.lab.LabHost;
import dev.weir.testkit.lab.LabProcess;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A filter in a process of its own: to be killed, or to lack a right. */
final class FilterProcess {
    static final String READY = "filtering";

    private FilterProcess() {}

    /** Arguments: the name of a capture, "accept", "hold" or "reject". */
    public static void main(String[] arguments) {
        Verdict verdict =
                switch (arguments[1]) {
                    case "hold" -> Verdict.HOLD;
                    case "reject" -> Verdict.REJECT;
                    default -> Verdict.ACCEPT;
                };
        try (Pipeline pipeline =
                Pipeline.from(arguments[0]).classify((packet, flow) -> verdict).open()) {
            pipeline.start();
            System.out.println(pipeline.explain());
            System.out.println(READY);
            Thread.sleep(60_000);
        } catch (WeirException e) {
            System.out.println("refused: " + e.getMessage());
        } catch (InterruptedException e) {
            System.out.println("interrupted");
        }
    }

    /** @param prefix a command that starts the JVM, or none */
    static LabProcess start(LabHost host, List<String> prefix, String capture, String verdict) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                classPath(),
                FilterProcess.class.getName(),
                capture,
                verdict));
        return host.start(command.toArray(String[]::new));
    }

    private static String classPath() {
        List<String> places = new ArrayList<>();
        for (String name : List.of(
                Pipeline.class.getName(),
                CaptureProvider.class.getName(),
                NfqueueProvider.class.getName(),
                FilterProcess.class.getName(),
                LabHost.class.getName(),
                "com.sun.jna.Native",
                "org.jctools.queues.varhandle.MpscVarHandleArrayQueue",
                "org.jctools.queues.MessagePassingQueue",
                "org.slf4j.Logger")) {
            try {
                places.add(Path.of(Class.forName(name)
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI())
                        .toString());
            } catch (ClassNotFoundException | URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
        return String.join(":", places);
    }
}
