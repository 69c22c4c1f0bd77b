/*
 * The frames of the flood: Ethernet, IPv4 (20 bytes), UDP to the discard port, a sequence number, padding.
 * Generator and receivers share this layout.
 */
#ifndef WEIR_BENCH_DATAGRAM_H
#define WEIR_BENCH_DATAGRAM_H

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    FRAME_BYTES = 64,
    IPV4_OFFSET = 14,
    UDP_OFFSET = 34,
    SEQUENCE_OFFSET = 42,
    DISCARD_PORT = 9,      /* RFC 863 */
    FIRST_SOURCE_PORT = 10000,
};

static inline uint16_t read_u16(const uint8_t *bytes) { return (uint16_t)(bytes[0] << 8 | bytes[1]); }

/* What the least of receivers does with a packet: finds the UDP header behind a checked IPv4 header. */
static inline bool is_flood_ipv4(const uint8_t *ip, uint32_t length) {
    if (length < 20) {
        return false;
    }
    uint32_t header_bytes = (ip[0] & 0x0fu) * 4u;
    if (ip[0] >> 4 != 4 || header_bytes < 20 || ip[9] != IPPROTO_UDP || header_bytes + 8 > length) {
        return false;
    }
    return read_u16(ip + header_bytes + 2) == DISCARD_PORT;
}

/* The same behind an Ethernet header. */
static inline bool is_flood_datagram(const uint8_t *frame, uint32_t length) {
    return length > IPV4_OFFSET && read_u16(frame + 12) == ETHERTYPE_IP &&
           is_flood_ipv4(frame + IPV4_OFFSET, length - IPV4_OFFSET);
}

#endif
