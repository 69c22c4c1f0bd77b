package dev.weir.classify.regex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.WeirException;
import dev.weir.packet.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexSyntaxTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            textBlock =
                    """
                    malicious-.*\\.com        ~ www.malicious-ads.com ~ malicious-ads_com
                    ^/admin(/|$)              ~ /admin                ~ /administrator
                    \\$\\{jndi:(ldap|rmi)s?:  ~ x${jndi:ldap://y}     ~ ${jndi:dns://y}
                    ${jndi                    ~ !                     ~ ${jndi
                    a{jndi                    ~ a{jndi                ~ ajndi
                    a{,3}                     ~ a{,3}                 ~ aaa
                    \\Qa.b*\\E$               ~ xa.b*                 ~ xaab
                    \\Qab\\E{2}               ~ abb                   ~ abab
                    [[:digit:][:upper:]]      ~ x7                    ~ xy
                    [^[:alnum:]]              ~ a-b                   ~ ab7
                    []x]y                     ~ ]y                    ~ ay
                    [a-]z                     ~ -z                    ~ bz
                    [\\x41\\]]z               ~ ]z                    ~ az
                    \\x{40}\\u0040            ~ @@                    ~ @
                    é+                        ~ éé                    ~ e
                    (?i)straße                ~ STRAßE                ~ STRASSE
                    (?<name>a)(?P<other>b)    ~ ab                    ~ ba
                    (?i:A)b                   ~ ab                    ~ aB
                    (?i)a(?-i)b               ~ Ab                    ~ AB
                    a(?i)b|c                  ~ C                     ~ A
                    (?i)[^a]                  ~ b                     ~ A
                    \\bcat\\b                 ~ a cat.                ~ concatenate
                    x*                        ~ y                     ~ !
                    """)
    void knows(String pattern, String matches, String misses) {
        Regex regex = Regex.compile(pattern);
        assertTrue(matches.equals("!") || regex.find(matches), matches);
        assertFalse(!misses.equals("!") && regex.find(misses), misses);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            textBlock =
                    """
                    (a)\\1          ~ back-reference
                    (?<n>a)\\k<n>   ~ back-reference
                    (?=a)           ~ look-around
                    (?!a)b          ~ look-around
                    (?<=a)b         ~ look-around
                    (?<!a)b         ~ look-around
                    (?>a)           ~ atomic
                    a++             ~ possessive
                    a**             ~ quantifier behind
                    *a              ~ nothing before
                    a|+             ~ nothing before
                    {2}             ~ nothing before
                    (a              ~ not closed
                    a)              ~ closes nothing
                    [a              ~ not closed
                    []              ~ not closed
                    [b-a]           ~ before its start
                    [[a]]           ~ within a class
                    [a&&b]          ~ within a class
                    [é]             ~ more than one byte
                    [[:nope:]]      ~ unknown class
                    a\\             ~ at the end
                    \\p{L}          ~ not supported
                    \\xg0           ~ hexadecimal
                    \\x{100}        ~ not one byte
                    (?z)            ~ unknown kind
                    (?<n            ~ without an end
                    a{3,2}          ~ less than its least
                    a{1001}         ~ 1000 repetitions
                    (a{1000}){1000} ~ more than 10000 states
                    """)
    void refusesWithAReason(String pattern, String reason) {
        WeirException refusal = assertThrows(WeirException.class, () -> Regex.compile(pattern));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("\"" + pattern + "\""), refusal.getMessage());
    }

    /** Neither the stack nor the time of whoever loads rules is in the hands of who writes one. */
    @ParameterizedTest
    @ValueSource(strings = {"(", "(?:", "(a|", "[", "\\", "a{1000}", "(?:a?){1000}", "|", "((((((((((a*)*)*", "(?i)"})
    void longPatternsAreCompiledOrRefusedInTime(String piece) {
        try {
            Regex.compile(piece.repeat(20_000));
        } catch (WeirException refused) {
            assertTrue(
                    refused.getMessage().contains("has") || refused.getMessage().contains("needs"));
        }
    }

    @Test
    void repeatingNothingIsNothing() {
        assertTrue(Regex.compile("((((((){1000}){1000}){1000}){1000}){1000}){1000}x")
                .find("x"));
    }

    @Test
    void theEdgesAreThoseOfThePartThatIsLookedAt() {
        Bytes bytes = Bytes.of("xxabcxx".getBytes());
        StepBudget budget = new StepBudget();
        assertEquals(RegexMatch.YES, Regex.compile("^abc$").find(bytes, 2, 3, budget));
        assertEquals(RegexMatch.NO, Regex.compile("x").find(bytes, 2, 3, budget));
        assertThrows(IndexOutOfBoundsException.class, () -> Regex.compile("x").find(bytes, 5, 3, budget));
    }

    @Test
    void optionsAreLikeFlags() {
        assertTrue(Regex.compile("abc", Regex.Option.CASE_INSENSITIVE).find("xABCx"));
        assertFalse(Regex.compile("a.c").find("a\nc"));
        assertTrue(Regex.compile("a.c", Regex.Option.DOT_ALL).find("a\nc"));
        assertFalse(Regex.compile("a|bc", Regex.Option.WHOLE).find("abc"));
        assertTrue(Regex.compile("a|bc", Regex.Option.WHOLE).find("bc"));
    }

    @Test
    void anyByteCanBeMatched() {
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
        }
        for (int i = 0; i < 256; i++) {
            String pattern = String.format("^[\\x00-\\x%02x]{%d}(?s:.)*$", i, i + 1);
            assertEquals(
                    RegexMatch.YES, Regex.compile(pattern).find(Bytes.of(all), new StepBudget(1_000_000)), pattern);
            String after = String.format("^[\\x00-\\x%02x]{%d}", i, i + 2);
            assertEquals(RegexMatch.NO, Regex.compile(after).find(Bytes.of(all), new StepBudget(1_000_000)), after);
        }
    }
}
