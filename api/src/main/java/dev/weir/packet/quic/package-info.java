/**
 * QUIC from the outside, up to the hellos: long headers, the Initial packets with their protection taken off, and the
 * CRYPTO frames put in order (RFC 8999, RFC 9000, RFC 9001; version 2: RFC 9369). Initial packets are protected with keys
 * that everybody on the path can derive from the first packet's destination connection identifier; nothing behind them can
 * be read. Hostile bytes give "not that", never an exception or a read outside the datagram.
 */
package dev.weir.packet.quic;
