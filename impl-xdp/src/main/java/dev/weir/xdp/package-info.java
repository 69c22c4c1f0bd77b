/**
 * The AF_XDP backend, and the BPF programs that decide before a packet leaves the kernel.
 *
 * <p><b>How it works</b> ({@code Documentation/networking/af_xdp.rst}). Memory of this process, the umem, is cut into
 * frames. An XDP program on the interface redirects packets to the socket of their receive queue; the kernel takes a free
 * frame from the fill ring, puts the packet there, and tells of it in the RX ring. A frame to send goes into the TX ring
 * and comes back by the completion ring. All four rings are read and written in place; a system call is made once a batch,
 * and only where the kernel asks for it (need_wakeup).
 *
 * <p><b>Who may touch what.</b> One thread owns a capture queue, which is a socket, on a bridge one of each interface, with
 * their rings and frames. A packet is lent with its frame. The frame is free again when the pipeline has released it and,
 * if it was sent, the completion ring has brought it back, whichever comes last. So many frames as the RX rings have
 * entries are never lent: held packets do not starve reception, and what may be held follows from the number of frames.
 *
 * <p><b>Modes.</b> Zero-copy needs a driver that knows it; none was at hand when this was written, so that only its
 * negotiation was tested: how it is asked for, refused, and told. In copy mode the program runs in the driver (native) or
 * behind it (generic), and the kernel copies each packet once.
 *
 * <p><b>Checksums.</b> What the other end of a veth sends from this machine has unfinished checksums, and the socket is not
 * told which: there {@link dev.weir.Packet#checksumsComplete()} is false for all. A bridge passes them on as they are; switch
 * them off at the sender ({@code ethtool -K eth0 tx off}) where something behind the bridge looks at them.
 */
package dev.weir.xdp;
