/** The AF_XDP backend, and the BPF programs that decide before a packet leaves the kernel. */
package dev.weir.xdp;
