/**
 * Classic BPF, the filter machine behind the pcap-filter language: compile an expression with libpcap, attach it to a
 * socket, or run it here on packets that come from a file. One program serves both, so an expression means the same in
 * either place.
 */
package dev.weir.linux.bpf;
