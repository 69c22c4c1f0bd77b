/**
 * Views of bytes. A view validates once, when it is wrapped or decoded; after that its accessors cannot fail, and what
 * hostile bytes claim never leads outside the packet. Views are owned by one thread and re-wrapped, never allocated per
 * packet. Byte order is network order unless a name says otherwise.
 */
package dev.weir.packet;
