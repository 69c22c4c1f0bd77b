package dev.weir.firewall;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * SIGHUP, which asks a daemon to read its configuration again. Java has no supported way to handle a signal but
 * {@code sun.misc.Signal} of the module jdk.unsupported; where that is missing, the change of the file still counts.
 */
final class Hangup {
    private Hangup() {}

    /**
     * True when the signal never comes: who started this process has it ignored (nohup), and a JVM leaves it at that.
     *
     * @param status the lines of {@code /proc/self/status}, see proc_pid_status(5)
     */
    static boolean isIgnored(List<String> status) {
        for (String line : status) {
            if (line.startsWith("SigIgn:")) {
                long ignored = Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16);
                return (ignored & 1) != 0; // the lowest bit is signal 1
            }
        }
        return false;
    }

    /** Has the task run, on a thread of the JVM, whenever the signal comes. */
    static void handle(Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    Hangup.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            task.run();
                        }
                        return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
                    });
            Object hangup = signal.getConstructor(String.class).newInstance("HUP");
            signal.getMethod("handle", signal, handler).invoke(null, hangup, ours);
        } catch (ClassNotFoundException | NoSuchMethodException | InstantiationException | IllegalAccessException e) {
            // a JVM without it
        } catch (InvocationTargetException e) {
            // started with -Xrs, which leaves signals to others
        }
    }
}
