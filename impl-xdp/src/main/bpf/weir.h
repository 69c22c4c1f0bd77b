/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What programs and Java share: every struct that crosses the border, and the numbers in them. Addresses and ports are
 * in network order, everything else in the machine's. dev.weir.xdp.filter.Layout has the same in Java, and a test holds
 * the two together through the BTF of the compiled objects.
 */
#ifndef WEIR_H
#define WEIR_H

#include <linux/types.h>

/* What became of a packet: the index of its counter. From WEIR_FLOW_DROPPED on, it was dropped. */
enum weir_outcome {
	WEIR_PASSED = 0,        /* goes on to the kernel's stack: nothing here concerns it */
	WEIR_STEERED = 1,       /* goes to Weir; at tc it is only marked */
	WEIR_NO_SOCKET = 2,     /* steered to Weir, but no socket is bound to its queue: passed */
	WEIR_FLOW_ACCEPTED = 3, /* the rest of its flow was accepted: passed */
	WEIR_FLOW_DROPPED = 4,  /* the rest of its flow was dropped */
	WEIR_BLOCKED_IPV4 = 5,  /* a listed IPv4 prefix */
	WEIR_BLOCKED_IPV6 = 6,  /* a listed IPv6 prefix */
	WEIR_BLOCKED_PORT = 7,  /* a listed port */
	WEIR_BLOCKED_FLOW = 8,  /* a listed flow */
	WEIR_OUTCOMES = 9,
};

/* The lower half of weir_control.blocklist: which kinds of entries the list in force has. */
#define WEIR_BLOCK_HOSTS4 (1ULL << 0)
#define WEIR_BLOCK_HOSTS6 (1ULL << 1)
#define WEIR_BLOCK_PREFIXES4 (1ULL << 2)
#define WEIR_BLOCK_PREFIXES6 (1ULL << 3)
#define WEIR_BLOCK_PORTS (1ULL << 4)
#define WEIR_BLOCK_FLOWS (1ULL << 5)
/* Which side of a packet is looked up: some entry of the list speaks of it. */
#define WEIR_BLOCK_SOURCES (1ULL << 6)
#define WEIR_BLOCK_DESTINATIONS (1ULL << 7)
/* Which of the two generations of the blocklist's maps is in force. */
#define WEIR_BLOCK_GENERATION (1ULL << 32)

/* The value of a prefix, host or port in a blocklist: on which side of a packet it is blocked. */
#define WEIR_SOURCE 1
#define WEIR_DESTINATION 2

/*
 * weir_control.steering: which steering maps have entries, and where a packet goes that none of them names: to Weir, or
 * with WEIR_STEER_LISTED to the kernel. So with 0 everything goes to Weir, and with WEIR_STEER_LISTED alone nothing.
 */
#define WEIR_STEER_VLANS (1U << 0)
#define WEIR_STEER_PROTOCOLS (1U << 1)
#define WEIR_STEER_PORTS (1U << 2)
#define WEIR_STEER_PREFIXES4 (1U << 3)
#define WEIR_STEER_PREFIXES6 (1U << 4)
#define WEIR_STEER_LISTED (1U << 31)

/* The value of a steering entry. Where entries differ, the kernel wins. */
#define WEIR_TO_WEIR 1
#define WEIR_TO_KERNEL 2

/* Keys of the map steering: what kind of number, above the number. */
#define WEIR_STEER_VLAN(id) (0U << 24 | (id))
#define WEIR_STEER_PROTOCOL(protocol) (1U << 24 | (protocol) << 16)
#define WEIR_STEER_PORT(protocol, port) (2U << 24 | (protocol) << 16 | (port))

/* weir_flow.state: how far a TCP connection has come to its end. */
#define WEIR_FIN_FROM_LOW 1
#define WEIR_FIN_FROM_HIGH 2
#define WEIR_RESET 4
/* A new connection uses the ports again: the verdict does not bind it. */
#define WEIR_OVER 8

/* The settings, one entry of a map that Java has mapped into its memory. */
struct weir_control {
	__u64 blocklist;        /* generation and kinds, changed in one store */
	__u64 flow_lifetime_ns; /* a flow verdict ends so long after its flow's last packet; 0: there are none */
	__u32 steering;
	__u32 accept_mark;      /* tc: set on packets of accepted flows, under the mask */
	__u32 accept_mask;
	__u32 steer_mark;       /* tc: set on packets for Weir, under the mask, and taken off all others */
	__u32 steer_mask;
	__u32 reserved;
};

struct weir_count {
	__u64 packets;
	__u64 bytes;
};

/* Keys of the LPM tries. */
struct weir_prefix4 {
	__u32 length;
	__be32 address;
};

struct weir_prefix6 {
	__u32 length;
	__be32 address[4];
};

/*
 * A conversation, both directions alike: the end with the smaller address comes first, compared byte by byte, the port
 * deciding between equals. IPv4 addresses are IPv4-mapped (RFC 4291, 2.5.5.2). The identifier of an ICMP echo stands in
 * both ports.
 */
struct weir_flow_key {
	__be32 low_address[4];
	__be32 high_address[4];
	__be16 low_port;
	__be16 high_port;
	__u8 protocol;
	__u8 version;
	__u16 reserved;
	__u16 vlan[2]; /* 0x1000 | identifier, the outer one first; 0 for none */
};

struct weir_flow {
	__u64 packets;
	__u64 bytes;
	__u64 last_seen_ns; /* CLOCK_MONOTONIC */
	enum weir_outcome outcome; /* WEIR_FLOW_ACCEPTED or WEIR_FLOW_DROPPED */
	__u32 state;
};

struct weir_fragment_key {
	__be32 source[4];
	__be32 destination[4];
	__u32 id;
	__u32 protocol;
};

#endif
