/**
 * The correlator {@code sockdiag}: the sockets of TCP and UDP flows of this host and the processes that have them open.
 * It needs no hook in the kernel and no right for the sockets; it asks, so it knows what is open at that moment, and
 * what it saw of a flow before.
 *
 * <p><b>From the flow to the socket.</b> {@link dev.weir.sockdiag.SocketTable} asks over NETLINK_SOCK_DIAG
 * ({@code linux/sock_diag.h}, {@code linux/inet_diag.h}; sock_diag(7)) for the socket of each end of the flow, by its whole
 * tuple and without NLM_F_DUMP: the kernel then looks into its hash tables as it does for a packet. An IPv4 flow is
 * asked for as such; the kernel finds IPv6 sockets that serve it, too. The kernel's order of preference is that of a packet:
 * the connection, else the listener of the port (TCP) or the socket bound to the port (UDP), which answers for every address
 * when it is bound to none. Such an answer is inferred, and counts only when the address is one of this host's
 * ({@link dev.weir.sockdiag.LocalAddresses}, rtnetlink(7)). A connection without a file gets a second question, for its
 * listener: it may not have been accepted yet. So does a socket that was not found at all, on the interfaces that have its
 * address: sockets bound to a device, and those of IPv6 link-local addresses, are found only there.
 *
 * <p><b>From the socket to the process.</b> The answer has the inode of the socket's file, and a process that has it
 * open has a link {@code /proc/PID/fd/N} to {@code socket:[inode]} (proc(5)). {@link dev.weir.sockdiag.ProcessFinder} walks
 * over these links, within limits of time.
 *
 * <p><b>What it costs.</b> About 3 µs for a socket that is asked for, in batches; some 4 µs for each open file that is
 * looked at. With 300 processes, a new connection of a process seen lately or of a young one is answered in 1 to 5 ms,
 * a walk over all takes 10 to 15 ms (two cores of a small virtual machine). Opening walks once, so that this is known
 * before the first question.
 *
 * <p><b>How sure.</b> CERTAIN is the very socket, with its process where one is to be seen. LIKELY is a listener or an
 * unconnected UDP socket, also when it is only one of two ends within the host. What was found stays known while the flow
 * lives; a closed connection (TIME_WAIT) has no owner any more, so one that nobody asked about in its life stays UNKNOWN.
 *
 * <p><b>Rights.</b> Sockets of all users are told to everybody. The files of other users' processes are readable with
 * CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, as root has them; without, the socket and its user are known, not the process.
 *
 * <p><b>What was left out.</b> The kernel can tell of sockets that are destroyed (SKNLGRP_INET_TCP_DESTROY and its
 * kin), but with neither inode nor user ({@code inet_diag_handler_get_info()} in {@code net/ipv4/inet_diag.c}): it
 * would say that a short connection was there, which the flow says already, and not whose it was.
 */
package dev.weir.sockdiag;
