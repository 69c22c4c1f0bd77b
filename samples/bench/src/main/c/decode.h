/*
 * Headers of a packet as Weir decodes them, in plain C: link, VLAN tags, IPv4 or IPv6 with its extension headers, TCP,
 * UDP, SCTP or ICMP; everything checked against what was captured.
 */
#ifndef WEIR_BENCH_DECODE_H
#define WEIR_BENCH_DECODE_H

#include <stdint.h>
#include <string.h>

struct headers {
    int32_t ethertype;
    uint64_t vlans;
    int32_t network_offset;
    int32_t network_end;
    int32_t ip_version;
    uint64_t source_high, source_low, destination_high, destination_low;
    int32_t protocol;
    uint32_t fragment_id;
    int32_t fragmentation;
    int32_t hop_limit;
    int32_t transport_offset;
    int32_t transport;
    uint32_t ports;
    int32_t payload_offset;
    int32_t payload_length;
    int32_t stated_payload_length;
};

enum { FRAGMENT = 1 << 17, MORE = 1 << 16, COMPLETE = 1 << 8, PORTS = 1 << 9 };

static inline uint16_t u16(const uint8_t *p) {
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return __builtin_bswap16(value);
}

static inline uint32_t u32(const uint8_t *p) {
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return __builtin_bswap32(value);
}

static inline uint64_t u64(const uint8_t *p) {
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return __builtin_bswap64(value);
}

static inline int32_t min(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static inline int32_t positive(int32_t a) {
    return a > 0 ? a : 0;
}

static void payload(struct headers *h, int32_t offset) {
    h->payload_offset = offset;
    h->payload_length = positive(h->network_end - offset);
}

static void tcp(struct headers *h, const uint8_t *packet, int32_t offset, int32_t there) {
    if (there >= 4) {
        h->ports = u32(packet + offset);
        h->transport |= PORTS;
    }
    if (there < 14) {
        payload(h, offset + min(20, h->payload_length));
        return;
    }
    uint16_t length_and_flags = u16(packet + offset + 12);
    int32_t length = (length_and_flags >> 12) * 4;
    if (length >= 20) {
        h->transport |= (length_and_flags & 0xff) | (there >= length ? COMPLETE : 0);
    }
    if (!(h->fragmentation & MORE) && length <= h->payload_length) {
        h->stated_payload_length = h->payload_length - length;
    }
    payload(h, offset + (length > 20 ? length : 20));
}

static void udp(struct headers *h, const uint8_t *packet, int32_t offset, int32_t there) {
    if (there >= 4) {
        h->ports = u32(packet + offset);
        h->transport |= PORTS;
    }
    if (there < 8) {
        payload(h, offset + min(8, h->payload_length));
        return;
    }
    h->transport |= COMPLETE;
    int32_t length = u16(packet + offset + 4);
    payload(h, offset + 8);
    if (length >= 8) {
        h->stated_payload_length = length - 8;
        h->payload_length = min(h->payload_length, length - 8);
    }
}

static void transport(struct headers *h, const uint8_t *packet, int32_t captured, int32_t offset) {
    h->transport_offset = offset;
    payload(h, offset);
    if (h->fragmentation & 0xffff) {
        return;
    }
    int32_t there = min(captured, h->network_end) - offset;
    switch (h->protocol) {
        case 6:
            tcp(h, packet, offset, there);
            break;
        case 17:
            udp(h, packet, offset, there);
            break;
        case 132:
            if (there >= 4) {
                h->ports = u32(packet + offset);
                h->transport |= PORTS | (there >= 12 ? COMPLETE : 0);
                payload(h, offset + 12);
            }
            break;
        case 1:
        case 58:
            h->transport |= there >= 8 ? COMPLETE : 0;
            payload(h, offset + min(8, h->payload_length));
            break;
        default:
            break;
    }
}

static void ipv4(struct headers *h, const uint8_t *packet, int32_t captured, int32_t wire, int32_t offset) {
    if (captured < offset + 20) {
        return;
    }
    const uint8_t *ip = packet + offset;
    int32_t header = (ip[0] & 0xf) * 4;
    int32_t total = u16(ip + 2);
    if (total == 0) {
        total = wire - offset;
    }
    if (ip[0] >> 4 != 4 || header < 20 || total < header) {
        return;
    }
    h->network_offset = offset;
    h->network_end = min(offset + total, wire);
    h->ip_version = 4;
    h->source_low = 0xffff00000000ull | u32(ip + 12);
    h->destination_low = 0xffff00000000ull | u32(ip + 16);
    h->fragment_id = u16(ip + 4);
    uint16_t fragment = u16(ip + 6);
    if (fragment & 0x3fff) {
        h->fragmentation = FRAGMENT | (fragment & 0x2000) << 3 | (fragment & 0x1fff) * 8;
    }
    h->hop_limit = ip[8];
    h->protocol = ip[9];
    transport(h, packet, captured, offset + header);
}

static int is_extension(int32_t number) {
    return number == 0 || number == 43 || number == 44 || number == 51 || number == 60 || number == 135 ||
           number == 139 || number == 140;
}

static void ipv6(struct headers *h, const uint8_t *packet, int32_t captured, int32_t wire, int32_t offset) {
    const uint8_t *ip = packet + offset;
    if (captured < offset + 40 || ip[0] >> 4 != 6) {
        return;
    }
    h->network_offset = offset;
    h->ip_version = 6;
    h->source_high = u64(ip + 8);
    h->source_low = u64(ip + 16);
    h->destination_high = u64(ip + 24);
    h->destination_low = u64(ip + 32);
    h->hop_limit = ip[7];
    int32_t length = u16(ip + 4);
    int32_t next = ip[6];
    h->network_end = length == 0 && next == 0 ? wire : min(offset + 40 + length, wire);
    int32_t there = min(captured, h->network_end);
    int32_t at = offset + 40;
    while (is_extension(next) && there >= at + 8) {
        int32_t type = next;
        next = packet[at];
        if (type == 44) {
            uint16_t fragment = u16(packet + at + 2);
            h->fragmentation = FRAGMENT | (fragment & 1) << 16 | (fragment & 0xfff8);
            h->fragment_id = u32(packet + at + 4);
            at += 8;
            if (fragment & 0xfff8) {
                h->protocol = next;
                transport(h, packet, captured, at);
                return;
            }
        } else {
            at += type == 51 ? (packet[at + 1] + 2) * 4 : (packet[at + 1] + 1) * 8;
        }
    }
    h->protocol = next;
    if (!is_extension(next)) {
        transport(h, packet, captured, at);
    }
}

/* Field by field: for a structure of this size gcc's memset is a string instruction, and reading behind it waits for it. */
static inline void clear(struct headers *h) {
    h->ethertype = h->network_offset = h->protocol = h->transport_offset = h->payload_offset =
        h->stated_payload_length = -1;
    h->vlans = h->source_high = h->source_low = h->destination_high = h->destination_low = 0;
    h->network_end = h->ip_version = h->fragmentation = h->hop_limit = h->transport = h->payload_length = 0;
    h->fragment_id = h->ports = 0;
}

/* Not inlined: every field is filled in, as for a reader that may ask for any. */
__attribute__((noinline)) static void decode(struct headers *h, const uint8_t *packet, int32_t captured, int32_t wire) {
    clear(h);
    if (captured < 14) {
        return;
    }
    int32_t type = u16(packet + 12);
    int32_t at = 14;
    int32_t tags = 0;
    while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
        if (captured < at + 4) {
            return;
        }
        if (tags < 4) {
            h->vlans |= (uint64_t)(0x1000 | (u16(packet + at) & 0xfff)) << 16 * tags++;
        }
        type = u16(packet + at + 2);
        at += 4;
    }
    h->ethertype = type;
    if (type == 0x0800) {
        ipv4(h, packet, captured, wire, at);
    } else if (type == 0x86dd) {
        ipv6(h, packet, captured, wire, at);
    }
}

#endif
