/**
 * Capture files: pcap and pcapng, read and written, and the capture {@code pcap:FILE} over them.
 *
 * <p>Sources: draft-ietf-opsawg-pcap (classic files) and draft-ietf-opsawg-pcapng; link types as registered by the
 * tcpdump group.
 *
 * <p>A file that breaks off or is corrupt gives everything before the fault first, then one
 * {@link dev.weir.WeirException} that names the byte offset. What a file says about lengths is checked before it is
 * believed: reading never allocates more than about twice what really is there, and never more than 32 MiB for one packet.
 */
package dev.weir.pcap;
