/**
 * What the kernel decides before a packet reaches Java: the maps of the BPF programs ({@code src/main/bpf}) from the side
 * of Java, and where the programs are attached. Steering, blocklists and verdicts for flows are alike for XDP and tc.
 */
package dev.weir.xdp.filter;
