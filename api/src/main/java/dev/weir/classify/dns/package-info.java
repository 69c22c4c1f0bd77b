/**
 * Judges DNS messages by the names and addresses in them, over UDP and TCP, and tells what they say.
 *
 * <p>A {@link dev.weir.classify.dns.DnsPolicy} says what is blocked: names, domains, regular expressions, prefixes of
 * addresses, and lists from files of a million names and more. A {@link dev.weir.classify.dns.DnsClassifier} applies it, and
 * takes another one while it runs. The plug-in is called {@code dns}.
 */
package dev.weir.classify.dns;
