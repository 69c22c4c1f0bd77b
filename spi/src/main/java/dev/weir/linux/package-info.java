/**
 * The Linux plumbing of Weir: file descriptors, sockets, mapped memory, event file descriptors, polling, network
 * interfaces and namespaces, with the constants and struct layouts of the kernel's uapi headers. It is for backends,
 * Weir's own and those of others; applications have no use for it.
 *
 * <p><b>Errors.</b> What is done once (open, bind, set an option, map) throws {@link dev.weir.linux.LinuxException},
 * which names the call, the errno and what to do. What is done per batch (send, receive, poll) never throws for a
 * kernel answer: it returns a count, or minus the errno as the kernel itself does, because {@code EAGAIN},
 * {@code ENOBUFS} or {@code ENETDOWN} mean something else to every protocol. See {@link dev.weir.linux.Errno}.
 *
 * <p><b>Memory.</b> System calls get addresses. A {@link dev.weir.linux.NativeBuffer} lives as long as Java can reach
 * it; a {@link dev.weir.linux.MappedMemory} lives until it is closed, and touching a view of it later kills the
 * process. Structs in native memory are in the machine's byte order unless a constant says network order.
 *
 * <p><b>Cost.</b> A call into the C library costs about 0.15 µs on top of the system call: batch.
 */
package dev.weir.linux;
