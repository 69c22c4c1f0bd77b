/**
 * TLS and QUIC: who is asked for (SNI), what is to be spoken (ALPN), what the client looks like (JA3, JA4), read from the
 * hellos and judged by them. The fingerprints can be
 * had alone, from a hello.
 */
package dev.weir.classify.tls;
