package dev.weir.fuzz;

/** What Jazzer calls, in a process of its own, by the names that it looks for. */
public final class JazzerEntry {
    static final String TARGET_PROPERTY = "weir.fuzz.target";

    private static Examination examination;

    private JazzerEntry() {}

    /** Called once, before the first input. */
    public static void fuzzerInitialize() {
        examination = Examination.ofInstrumented(Targets.named(System.getProperty(TARGET_PROPERTY)));
    }

    /** Called with each input; what it throws is a finding. */
    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        examination.read(input);
    }
}
