package dev.weir.testkit;

import dev.weir.Attribution;
import dev.weir.FlowCorrelator;
import dev.weir.FlowKey;
import dev.weir.SocketOwner;
import dev.weir.testkit.internal.Registry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A correlator that answers as the test has it answer: at once, late, never, in contradiction, or with an exception.
 * Every question is written down, answered or not.
 *
 * <pre>{@code
 * ScriptedCorrelator correlator = new ScriptedCorrelator();
 * correlator.when(question -> question.attempt() < 3).ignore();
 * correlator.always().answer(ScriptedCorrelator.process("curl", 4711));
 * }</pre>
 *
 * <p>The first script that fits a question is followed. A question that none fits stays open, and the test may answer
 * it later with {@link #answer(FlowKey, Attribution)}. Any thread.
 */
public final class ScriptedCorrelator implements FlowCorrelator {
    private static final Registry<ScriptedCorrelator> REGISTRY =
            new Registry<>("scripted correlator", "new ScriptedCorrelator(\"%s\")");

    private final List<Script> scripts = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();
    private final List<Question> questions = new ArrayList<>();
    private final List<Late> late = new ArrayList<>();
    private final List<FlowKey> ended = new ArrayList<>();
    private String registeredAs;
    private int closed;

    /** A question as it was asked. */
    public record Asked(FlowKey key, long flowId, int attempt, long ageNs) {}

    private record Late(MovableClock clock, long dueNs, Question question, Attribution answer) {}

    /** What to do with the questions that fit; the last call counts. */
    public final class Script {
        private final Predicate<? super Question> fits;
        private Consumer<Question> reaction = question -> {};

        private Script(Predicate<? super Question> fits) {
            this.fits = fits;
        }

        /** Answers at once; with several answers, gives them one after the other. */
        public ScriptedCorrelator answer(Attribution... answers) {
            List<Attribution> all = List.of(answers);
            return react(question -> all.forEach(question::answer));
        }

        /** Answers when the clock has been moved on by at least {@code delay}, on the thread that moves it. */
        public ScriptedCorrelator answerAfter(Duration delay, MovableClock clock, Attribution answer) {
            Objects.requireNonNull(answer, "answer");
            clock.onAdvance(ScriptedCorrelator.this::answerWhatIsDue);
            return react(question -> {
                synchronized (ScriptedCorrelator.this) {
                    late.add(new Late(clock, clock.nanoTime() + delay.toNanos(), question, answer));
                }
            });
        }

        /** Leaves the question open. */
        public ScriptedCorrelator ignore() {
            return react(question -> {});
        }

        /** Throws out of {@link FlowCorrelator#correlate}; questions of the same call that follow are not looked at. */
        public ScriptedCorrelator fail(RuntimeException exception) {
            Objects.requireNonNull(exception, "exception");
            return react(question -> {
                throw exception;
            });
        }

        /** Does what the test says, on the correlation thread. */
        public ScriptedCorrelator react(Consumer<Question> reaction) {
            synchronized (ScriptedCorrelator.this) {
                this.reaction = Objects.requireNonNull(reaction, "reaction");
            }
            return ScriptedCorrelator.this;
        }
    }

    /** A correlator without a script: every question stays open. */
    public ScriptedCorrelator() {}

    /** As without a name, and {@code correlate("scripted", Map.of("name", name))} finds it until it is closed. */
    public ScriptedCorrelator(String name) {
        REGISTRY.add(name, this);
        registeredAs = name;
    }

    static ScriptedCorrelator find(String name) {
        return REGISTRY.find(name);
    }

    /** The very socket of the flow's initiator, open in a process. */
    public static Attribution process(String comm, int pid) {
        return new Attribution(
                "scripted",
                Attribution.Certainty.CERTAIN,
                new SocketOwner(pid, pid, 1000, "ESTABLISHED", pid, comm, "/test"),
                null,
                "the test says so");
    }

    /** For the questions that fit. */
    public synchronized Script when(Predicate<? super Question> fits) {
        Script script = new Script(Objects.requireNonNull(fits, "fits"));
        scripts.add(script);
        return script;
    }

    /** For questions about one flow, whichever direction its key has. */
    public Script when(FlowKey key) {
        return when(question -> same(question.key(), key));
    }

    /** For all questions that no script before fits. */
    public Script always() {
        return when(question -> true);
    }

    /**
     * Answers every question about a flow that has been asked so far; the engine takes what it can use of it.
     *
     * @throws AssertionError when there was no such question
     */
    public void answer(FlowKey key, Attribution answer) {
        List<Question> fitting;
        synchronized (this) {
            fitting = questions.stream()
                    .filter(question -> same(question.key(), key))
                    .toList();
        }
        if (fitting.isEmpty()) {
            throw new AssertionError("nobody asked about " + key + ", only about " + questions());
        }
        fitting.forEach(question -> question.answer(answer));
    }

    /** The questions so far, in order. */
    public synchronized List<Asked> questions() {
        return List.copyOf(asked);
    }

    /** The flows whose end was told, in order. */
    public synchronized List<FlowKey> ended() {
        return List.copyOf(ended);
    }

    /** How often it was closed. */
    public synchronized int closed() {
        return closed;
    }

    /**
     * Waits for questions.
     *
     * @return all questions so far
     * @throws AssertionError when there are not so many within the time
     */
    public List<Asked> awaitQuestions(int count, Duration timeout) {
        awaitUntil(timeout, () -> asked.size() >= count, count + " questions");
        return questions();
    }

    /**
     * Waits until the ends of so many flows have been told.
     *
     * @throws AssertionError when there are not so many within the time
     */
    public List<FlowKey> awaitEnded(int count, Duration timeout) {
        awaitUntil(timeout, () -> ended.size() >= count, count + " ended flows");
        return ended();
    }

    private synchronized void awaitUntil(Duration timeout, BooleanSupplier condition, String what) {
        long end = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            long leftMs = (end - System.nanoTime() + 999_999) / 1_000_000;
            if (leftMs <= 0) {
                throw new AssertionError("not " + what + " within " + timeout + "; asked: " + asked);
            }
            try {
                wait(leftMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + what, e);
            }
        }
    }

    @Override
    public void correlate(List<? extends Question> batch) {
        for (Question question : batch) {
            Consumer<Question> reaction;
            synchronized (this) {
                asked.add(new Asked(question.key(), question.flowId(), question.attempt(), question.ageNs()));
                questions.add(question);
                reaction = scripts.stream()
                        .filter(script -> script.fits.test(question))
                        .findFirst()
                        .map(script -> script.reaction)
                        .orElse(open -> {});
                notifyAll();
            }
            // not under the lock: an answer may run code of the engine
            reaction.accept(question);
        }
    }

    @Override
    public synchronized void flowEnded(FlowKey key) {
        ended.add(key);
        notifyAll();
    }

    @Override
    public synchronized void close() {
        closed++;
        if (registeredAs != null) {
            REGISTRY.remove(registeredAs, this);
        }
        notifyAll();
    }

    private void answerWhatIsDue() {
        List<Late> due;
        synchronized (this) {
            due = late.stream()
                    .filter(one -> one.clock.nanoTime() - one.dueNs >= 0)
                    .toList();
            late.removeAll(due);
        }
        due.forEach(one -> one.question.answer(one.answer));
    }

    private static boolean same(FlowKey one, FlowKey other) {
        return one.equals(other) || one.equals(other.reversed());
    }
}
