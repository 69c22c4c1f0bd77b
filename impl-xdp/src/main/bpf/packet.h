/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reads the headers of a packet up to its ports. What contradicts itself or is cut off is "not that protocol": the
 * packet then has no version, or no ports. Loops are bounded by constants.
 */
#ifndef WEIR_PACKET_H
#define WEIR_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir.h"

#define WEIR_VLAN_TAGS 2
/* IPv6 extension headers that are looked behind; a packet with more has no ports here. */
#define WEIR_EXTENSIONS 6
/* More than any packet has. */
#define WEIR_UNSTATED 0x10000

#define ETH_P_QINQ_OLD 0x9100
#define VLAN_ID_MASK 0x0fff
#define VLAN_PRESENT 0x1000

#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_FRAGMENT_OFFSET 0xfff8

#define PROTOCOL_HOP_BY_HOP 0
#define PROTOCOL_ICMP 1
#define PROTOCOL_ROUTING 43
#define PROTOCOL_FRAGMENT 44
#define PROTOCOL_AUTHENTICATION 51
#define PROTOCOL_ICMP6 58
#define PROTOCOL_DESTINATION_OPTIONS 60
#define PROTOCOL_SCTP 132
#define PROTOCOL_MOBILITY 135
#define PROTOCOL_HOST_IDENTITY 139
#define PROTOCOL_SHIM6 140

#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO 8
#define ICMP6_ECHO 128
#define ICMP6_ECHO_REPLY 129

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

enum weir_fragment { WEIR_WHOLE, WEIR_FIRST_FRAGMENT, WEIR_LATER_FRAGMENT };

struct weir_packet {
	__be32 source[4];
	__be32 destination[4];
	__be16 source_port;
	__be16 destination_port;
	__u8 version; /* 4, 6, or 0: not IP */
	__u8 protocol;
	__u8 tcp_flags;
	__u8 fragment;
	__u16 vlan[WEIR_VLAN_TAGS];
	__u32 fragment_id;
	__u32 length;
};

/* Where the reading stands; end is that of the bytes that may be read. */
struct weir_cursor {
	void *at;
	void *end;
};

struct weir_vlan_header {
	__be16 tci;
	__be16 type;
};

struct weir_extension_header {
	__u8 next;
	__u8 length;
	__be16 fragment_offset; /* of a fragment header */
	__be32 fragment_id;
};

static __always_inline int weir_add_vlan(struct weir_packet *packet, __u16 tci)
{
	__u16 tag = VLAN_PRESENT | (tci & VLAN_ID_MASK);

	if (!packet->vlan[0])
		packet->vlan[0] = tag;
	else if (!packet->vlan[1])
		packet->vlan[1] = tag;
	else
		return -1;
	return 0;
}

/* The EtherType behind up to two VLAN tags, in network order; 0 when the frame is cut off. */
static __always_inline __be16 weir_parse_ethernet(struct weir_cursor *cursor, struct weir_packet *packet)
{
	struct ethhdr *ethernet = cursor->at;
	__be16 type;
	int i;

	if ((void *)(ethernet + 1) > cursor->end)
		return 0;
	cursor->at = ethernet + 1;
	type = ethernet->h_proto;
#pragma unroll
	for (i = 0; i < WEIR_VLAN_TAGS; i++) {
		struct weir_vlan_header *tag = cursor->at;

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD) && type != bpf_htons(ETH_P_QINQ_OLD))
			break;
		if ((void *)(tag + 1) > cursor->end || weir_add_vlan(packet, bpf_ntohs(tag->tci)))
			return 0;
		cursor->at = tag + 1;
		type = tag->type;
	}
	return type;
}

/*
 * RFC 9293, 768, 9260: the ports come first in all three. ICMP echoes have an identifier instead. Nothing is read behind
 * the end that IP states.
 */
static __always_inline void weir_parse_transport(struct weir_cursor *cursor, struct weir_packet *packet, int stated)
{
	__be16 *ports = cursor->at;

	if (stated < 4)
		return;
	switch (packet->protocol) {
	case IPPROTO_TCP: {
		__u8 *flags = cursor->at + 13; /* RFC 9293, 3.1 */

		if (stated > 13 && (void *)(flags + 1) <= cursor->end)
			packet->tcp_flags = *flags;
	}
		/* fallthrough */
	case IPPROTO_UDP:
	case PROTOCOL_SCTP:
		if ((void *)(ports + 2) <= cursor->end) {
			packet->source_port = ports[0];
			packet->destination_port = ports[1];
		}
		return;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMP6: {
		__u8 *type = cursor->at;

		if (stated < 8 || (void *)(ports + 4) > cursor->end)
			return;
		if (packet->protocol == PROTOCOL_ICMP ? *type == ICMP_ECHO || *type == ICMP_ECHO_REPLY
						      : *type == ICMP6_ECHO || *type == ICMP6_ECHO_REPLY) {
			packet->source_port = ports[2];
			packet->destination_port = ports[2];
		}
		return;
	}
	default:
		return;
	}
}

/* RFC 791, 3.1. */
static __always_inline void weir_parse_ipv4(struct weir_cursor *cursor, struct weir_packet *packet)
{
	struct iphdr *ip = cursor->at;
	__u32 header, fragment;

	if ((void *)(ip + 1) > cursor->end)
		return;
	header = ip->ihl * 4;
	/* A total length of 0 is left to the network card by segmentation offload. */
	if (ip->version != 4 || header < sizeof(*ip) || (ip->tot_len && bpf_ntohs(ip->tot_len) < header))
		return;
	packet->version = 4;
	packet->protocol = ip->protocol;
	packet->source[2] = bpf_htonl(0xffff);
	packet->source[3] = ip->saddr;
	packet->destination[2] = bpf_htonl(0xffff);
	packet->destination[3] = ip->daddr;
	fragment = bpf_ntohs(ip->frag_off);
	if (fragment & (IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET)) {
		packet->fragment = fragment & IP_FRAGMENT_OFFSET ? WEIR_LATER_FRAGMENT : WEIR_FIRST_FRAGMENT;
		packet->fragment_id = ip->id;
	}
	if (packet->fragment == WEIR_LATER_FRAGMENT)
		return;
	cursor->at += header;
	weir_parse_transport(cursor, packet, ip->tot_len ? bpf_ntohs(ip->tot_len) - header : WEIR_UNSTATED);
}

/*
 * How the length field of an IPv6 extension header is read: ((length & mask) + plus) << shift bytes. A shift of 0: no
 * extension header. A table instead of branches, because the verifier follows every combination of branches of one header
 * after the other, and takes 30 times as long for it.
 */
struct weir_extension_form {
	__u8 mask;
	__u8 plus;
	__u8 shift;
	__u8 unused;
};

#define WEIR_IN_8_BYTES { .mask = 0xff, .plus = 1, .shift = 3 }

static const volatile struct weir_extension_form weir_extension_forms[256] = {
	[PROTOCOL_HOP_BY_HOP] = WEIR_IN_8_BYTES,
	[PROTOCOL_ROUTING] = WEIR_IN_8_BYTES,
	[PROTOCOL_FRAGMENT] = { .mask = 0, .plus = 1, .shift = 3 },
	/* RFC 4302, 2.2: in words of four bytes, minus two. */
	[PROTOCOL_AUTHENTICATION] = { .mask = 0xff, .plus = 2, .shift = 2 },
	[PROTOCOL_DESTINATION_OPTIONS] = WEIR_IN_8_BYTES,
	[PROTOCOL_MOBILITY] = WEIR_IN_8_BYTES,
	[PROTOCOL_HOST_IDENTITY] = WEIR_IN_8_BYTES,
	[PROTOCOL_SHIM6] = WEIR_IN_8_BYTES,
};

/* RFC 8200, 3 and 4. */
static __always_inline void weir_parse_ipv6(struct weir_cursor *cursor, struct weir_packet *packet)
{
	struct ipv6hdr *ip = cursor->at;
	int i, stated;

	if ((void *)(ip + 1) > cursor->end || ip->version != 6)
		return;
	packet->version = 6;
	packet->protocol = ip->nexthdr;
	__builtin_memcpy(packet->source, &ip->saddr, sizeof(packet->source));
	__builtin_memcpy(packet->destination, &ip->daddr, sizeof(packet->destination));
	cursor->at = ip + 1;
	stated = bpf_ntohs(ip->payload_len);
	/* The length of a jumbogram is 0 and stands in its hop-by-hop options (RFC 2675). */
	if (!stated && packet->protocol == PROTOCOL_HOP_BY_HOP)
		stated = WEIR_UNSTATED;
#pragma unroll
	for (i = 0; i < WEIR_EXTENSIONS; i++) {
		struct weir_extension_header *extension = cursor->at;
		__u8 type = packet->protocol;
		__u32 shift = weir_extension_forms[type].shift;
		__u64 length;

		if (!shift)
			break;
		if (stated < (int)sizeof(*extension) || (void *)(extension + 1) > cursor->end)
			return;
		packet->protocol = extension->next;
		if (type == PROTOCOL_FRAGMENT) {
			__u32 fragment = bpf_ntohs(extension->fragment_offset);

			packet->fragment_id = extension->fragment_id;
			if (fragment & IPV6_FRAGMENT_OFFSET) {
				packet->fragment = WEIR_LATER_FRAGMENT;
				return;
			}
			/* An atomic fragment (RFC 6946) is whole. */
			if (fragment & IPV6_MORE_FRAGMENTS)
				packet->fragment = WEIR_FIRST_FRAGMENT;
		}
		length = extension->length & weir_extension_forms[type].mask;
		length = (length + weir_extension_forms[type].plus) << (shift & 3);
		/* For the verifier; the longest has 2,048 bytes. */
		asm volatile("%0 &= 0xfff" : "+r"(length));
		cursor->at += length;
		stated -= length;
	}
	weir_parse_transport(cursor, packet, stated);
}

static __always_inline void weir_parse_network(struct weir_cursor *cursor, struct weir_packet *packet, __be16 type)
{
	if (type == bpf_htons(ETH_P_IP))
		weir_parse_ipv4(cursor, packet);
	else if (type == bpf_htons(ETH_P_IPV6))
		weir_parse_ipv6(cursor, packet);
}

#endif
