package dev.weir.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * How the harness talks to a receiver in Java: the same protocol as {@code control.h}. The harness asks only while no
 * packet is under way, so a receiver may publish its counts batch by batch.
 */
final class ReceiverControl {

    /** What the receiver counted since it started; called by the control thread. */
    interface Counters {
        long packets();

        long bytes();

        long datagrams();

        long kernelDrops();

        /** A measured window is open. */
        default void windowBegins() {}

        /** It is closed. */
        default void windowEnds() {}

        /** When the window's packets were all done, of {@link System#nanoTime}; 0: when the harness ended it. */
        default long doneNs() {
            return 0;
        }
    }

    private final Counters counters;
    private Measurement begin;

    private ReceiverControl(Counters counters) {
        this.counters = counters;
    }

    /** Says that this receiver is ready and answers the harness on a thread of its own, until the harness goes away. */
    static void start(Counters counters) {
        ReceiverControl control = new ReceiverControl(counters);
        control.begin = control.beforeWindow();
        Thread thread = new Thread(control::answer, "bench-control");
        thread.setDaemon(true);
        thread.start();
        System.out.println("ready");
    }

    private void answer() {
        try (BufferedReader commands =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String command = commands.readLine(); command != null; command = commands.readLine()) {
                if (command.equals("begin")) {
                    System.out.println("begun");
                    begin = beforeWindow();
                    counters.windowBegins();
                } else if (command.equals("end")) {
                    counters.windowEnds();
                    long doneNs = counters.doneNs();
                    System.out.println(afterWindow(doneNs).since(begin).toJson());
                }
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        } finally {
            // The receiving thread may be inside a native loop that nothing else ends.
            Runtime.getRuntime().halt(0);
        }
    }

    /** The times last: how long it takes to read counts, in code that is not compiled, is no part of the window. */
    private Measurement beforeWindow() {
        Measurement counted = counted(ProcessCpu.ofOtherThreads(), 0);
        return counted.at(ProcessCpu.ofOtherThreads(), System.nanoTime());
    }

    /** The times first. */
    private Measurement afterWindow(long doneNs) {
        return counted(ProcessCpu.ofOtherThreads(), doneNs != 0 ? doneNs : System.nanoTime());
    }

    private Measurement counted(ProcessCpu cpu, long wallNs) {
        return new Measurement(
                counters.packets(),
                counters.bytes(),
                counters.datagrams(),
                counters.kernelDrops(),
                cpu.userNs,
                cpu.sysNs,
                wallNs);
    }
}
