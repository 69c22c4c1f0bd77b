/**
 * Netlink: messages written to and read from native buffers, and a socket that asks the kernel and gathers its answers.
 * What the messages of one protocol mean (sock_diag, nfnetlink, rtnetlink) is left to whoever speaks it.
 */
package dev.weir.linux.netlink;
