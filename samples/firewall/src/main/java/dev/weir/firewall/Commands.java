package dev.weir.firewall;

import java.util.List;

/** Runs programs of the system. */
@FunctionalInterface
interface Commands {
    /**
     * What a program said, and its exit code.
     *
     * @param exitCode 0 when all went well
     * @param output what it printed
     * @param error what it complained about, in one line
     */
    record Result(int exitCode, String output, String error) {}

    /** Waits for the program's end. */
    Result run(List<String> command);
}
