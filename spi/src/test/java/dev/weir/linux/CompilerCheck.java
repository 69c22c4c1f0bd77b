package dev.weir.linux;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Asks a C compiler whether constants are what the kernel's headers say: each becomes a static assertion, so nothing is
 * linked or run and a cross compiler answers for its machine as well.
 */
public final class CompilerCheck {
    private final StringBuilder source = new StringBuilder("#include <stddef.h>\n");
    private int assertions;

    public CompilerCheck(String... headers) {
        for (String header : headers) {
            source.append("#include <").append(header).append(">\n");
        }
    }

    public static boolean isInstalled(String compiler) {
        try {
            return run(List.of(compiler, "--version"), "").exit == 0;
        } catch (IOException e) {
            return false;
        }
    }

    public CompilerCheck equal(String expression, long value) {
        source.append("_Static_assert((long)(").append(expression).append(") == ");
        source.append(value == Integer.MIN_VALUE ? "(-2147483647L - 1)" : value + "L");
        source.append(", \"")
                .append(expression)
                .append(" is not ")
                .append(value)
                .append("\");\n");
        assertions++;
        return this;
    }

    /** Every constant of the class has the value that the macro or enumerator of the same name has in C. */
    public CompilerCheck sameNames(Class<?> holder) {
        for (Field constant : constants(holder)) {
            equal("(int)" + constant.getName(), value(constant));
        }
        return this;
    }

    /** As {@link #sameNames}, for macros that the installed headers may be too old to have. */
    public CompilerCheck sameNamesWhereDefined(Class<?> holder) {
        for (Field constant : constants(holder)) {
            source.append("#ifdef ").append(constant.getName()).append('\n');
            equal("(int)" + constant.getName(), value(constant));
            source.append("#endif\n");
        }
        return this;
    }

    /**
     * Every constant of the class is the offset of the member with its name in lower case, after the prefix; BYTES is
     * the size of the whole.
     *
     * @param renamed constants whose member is called otherwise; an empty name leaves the constant out
     */
    public CompilerCheck struct(Class<?> layout, String type, String prefix, Map<String, String> renamed) {
        for (Field constant : constants(layout)) {
            String name = constant.getName();
            String member = renamed.getOrDefault(name, prefix + name.toLowerCase(Locale.ROOT));
            if (name.equals("BYTES")) {
                equal("sizeof(" + type + ")", value(constant));
            } else if (!member.isEmpty()) {
                equal("offsetof(" + type + ", " + member + ")", value(constant));
            }
        }
        return this;
    }

    public int assertions() {
        return assertions;
    }

    /** What the compiler objects to, empty when it agrees with everything. */
    public List<String> objections(String compiler) throws IOException {
        Result result = run(
                List.of(compiler, "-std=gnu11", "-D_GNU_SOURCE", "-fsyntax-only", "-x", "c", "-"), source.toString());
        if (result.exit == 0) {
            return List.of();
        }
        List<String> errors =
                result.output.lines().filter(line -> line.contains("error:")).toList();
        return errors.isEmpty() ? List.of(result.output) : errors;
    }

    private static List<Field> constants(Class<?> holder) {
        List<Field> constants = new ArrayList<>();
        for (Field field : holder.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            if (Modifier.isStatic(modifiers)
                    && Modifier.isFinal(modifiers)
                    && !Modifier.isPrivate(modifiers)
                    && field.getType() == int.class) {
                constants.add(field);
            }
        }
        if (constants.isEmpty()) {
            throw new IllegalStateException(holder + " has no constants to check");
        }
        return constants;
    }

    private static long value(Field constant) {
        try {
            constant.setAccessible(true);
            return constant.getInt(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Result run(List<String> command, String input) throws IOException {
        Path output = Files.createTempFile("weir-compiler", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " does not end");
            }
            return new Result(process.exitValue(), Files.readString(output));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            Files.delete(output);
        }
    }

    private record Result(int exit, String output) {}
}
