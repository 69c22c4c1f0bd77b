/**
 * Regular expressions for bytes from the network. They are compiled once into an automaton that reads each byte of the
 * input once, whatever the pattern (Thompson, "Regular Expression Search Algorithm", 1968; the automaton is made
 * deterministic while it runs, as in RE2): no pattern and input together take time that is more than linear, and a
 * {@link dev.weir.classify.regex.StepBudget} bounds what is left. Matching allocates nothing, except while the automaton
 * learns states that it has not seen before.
 *
 * <p><b>Syntax.</b> What Java, Perl and RE2 share: literals, {@code .}, classes ({@code [a-z]}, {@code [^"]},
 * {@code [[:alpha:]]}), {@code \d \w \s \h} and their negations, alternatives, groups (also named and non-capturing),
 * {@code * + ? {n} {n,} {n,m}} greedy or lazy (the answer is yes or no, so they mean the same), {@code ^ $ \A \z \b \B},
 * {@code \t \n \r \f \a \e \v \xHH \x{HH}}, {@code \}{@code uHHHH}, {@code \Q…\E}, and the flags {@code (?i) (?s) (?m)}. {@code $} is the end
 * of the input alone, {@code .} everything but a line feed. {@code \w}, {@code \d}, {@code \s}, {@code \b} and
 * case-insensitivity speak of ASCII.
 *
 * <p><b>Bytes.</b> A class and {@code .} stand for one byte. A character beyond ASCII stands for its bytes in UTF-8, so it
 * cannot be in a class; {@code \xHH} is the byte itself.
 *
 * <p><b>Refused</b>, because no automaton can do them in linear time: back-references and look-around; and possessive or
 * atomic groups, which would change what matches.
 */
package dev.weir.classify.regex;
