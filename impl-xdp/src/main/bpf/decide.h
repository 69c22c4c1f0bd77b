/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What becomes of a packet: the blocklist first, then verdicts for its flow, then steering. Later fragments follow the
 * first one of their datagram, which alone has ports.
 */
#ifndef WEIR_DECIDE_H
#define WEIR_DECIDE_H

#include "maps.h"
#include "packet.h"

static __always_inline int weir_is_drop(__u32 outcome)
{
	return outcome >= WEIR_FLOW_DROPPED;
}

static __always_inline struct weir_control *weir_settings(void)
{
	__u32 only = 0;

	return bpf_map_lookup_elem(&control, &only);
}

static __always_inline void weir_count(__u32 outcome, __u32 length)
{
	struct weir_count *count = bpf_map_lookup_elem(&counts, &outcome);

	if (count) {
		count->packets++;
		count->bytes += length;
	}
}

static __always_inline int weir_source_is_high(const struct weir_packet *packet)
{
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		if (packet->source[i] != packet->destination[i])
			return bpf_ntohl(packet->source[i]) > bpf_ntohl(packet->destination[i]);
	}
	return bpf_ntohs(packet->source_port) > bpf_ntohs(packet->destination_port);
}

/* Returns whether the packet comes from the higher end. */
static __always_inline int weir_key(const struct weir_packet *packet, struct weir_flow_key *key)
{
	int from_high = weir_source_is_high(packet);

	if (from_high) {
		__builtin_memcpy(key->low_address, packet->destination, sizeof(key->low_address));
		__builtin_memcpy(key->high_address, packet->source, sizeof(key->high_address));
		key->low_port = packet->destination_port;
		key->high_port = packet->source_port;
	} else {
		__builtin_memcpy(key->low_address, packet->source, sizeof(key->low_address));
		__builtin_memcpy(key->high_address, packet->destination, sizeof(key->high_address));
		key->low_port = packet->source_port;
		key->high_port = packet->destination_port;
	}
	key->protocol = packet->protocol;
	key->version = packet->version;
	key->reserved = 0;
	key->vlan[0] = packet->vlan[0];
	key->vlan[1] = packet->vlan[1];
	return from_high;
}

/* The maps of the generation in force. A null outer map is not possible, a null inner one is an empty list. */
#define WEIR_LISTED(outer, generation, key)                                                                           \
	({                                                                                                            \
		void *list = bpf_map_lookup_elem(&(outer), &(generation));                                            \
		__u32 *entry = list ? bpf_map_lookup_elem(list, key) : 0;                                             \
		entry ? *entry : 0;                                                                                   \
	})

static __always_inline int weir_blocked_address(const __be32 *address, __u32 version, __u64 kinds, __u32 generation)
{
	__u32 sides = 0;

	if (version == 4) {
		if (kinds & WEIR_BLOCK_HOSTS4) {
			__be32 host = address[3];

			sides |= WEIR_LISTED(block_hosts4, generation, &host);
		}
		if (kinds & WEIR_BLOCK_PREFIXES4) {
			struct weir_prefix4 prefix = { .length = 32, .address = address[3] };

			sides |= WEIR_LISTED(block_prefixes4, generation, &prefix);
		}
	} else {
		if (kinds & WEIR_BLOCK_HOSTS6)
			sides |= WEIR_LISTED(block_hosts6, generation, address);
		if (kinds & WEIR_BLOCK_PREFIXES6) {
			struct weir_prefix6 prefix = { .length = 128 };

			__builtin_memcpy(prefix.address, address, sizeof(prefix.address));
			sides |= WEIR_LISTED(block_prefixes6, generation, &prefix);
		}
	}
	return sides;
}

/* The outcome for a packet that the blocklist names, else WEIR_PASSED. */
static __always_inline __u32 weir_blocked(const struct weir_packet *packet, __u64 list)
{
	__u32 generation = list & WEIR_BLOCK_GENERATION ? 1 : 0;
	__u64 addresses = packet->version == 4 ? WEIR_BLOCK_HOSTS4 | WEIR_BLOCK_PREFIXES4
					       : WEIR_BLOCK_HOSTS6 | WEIR_BLOCK_PREFIXES6;

	if (list & addresses) {
		__u32 outcome = packet->version == 4 ? WEIR_BLOCKED_IPV4 : WEIR_BLOCKED_IPV6;

		if (list & WEIR_BLOCK_SOURCES &&
		    weir_blocked_address(packet->source, packet->version, list, generation) & WEIR_SOURCE)
			return outcome;
		if (list & WEIR_BLOCK_DESTINATIONS &&
		    weir_blocked_address(packet->destination, packet->version, list, generation) & WEIR_DESTINATION)
			return outcome;
	}
	if (list & WEIR_BLOCK_PORTS && packet->protocol != PROTOCOL_ICMP && packet->protocol != PROTOCOL_ICMP6) {
		__u32 protocol = packet->protocol << 16;
		__u32 source = protocol | bpf_ntohs(packet->source_port);
		__u32 destination = protocol | bpf_ntohs(packet->destination_port);

		if (WEIR_LISTED(block_ports, generation, &destination) & WEIR_DESTINATION ||
		    WEIR_LISTED(block_ports, generation, &source) & WEIR_SOURCE)
			return WEIR_BLOCKED_PORT;
	}
	if (list & WEIR_BLOCK_FLOWS) {
		struct weir_flow_key key;

		weir_key(packet, &key);
		if (WEIR_LISTED(block_flows, generation, &key))
			return WEIR_BLOCKED_FLOW;
	}
	return WEIR_PASSED;
}

/* Follows a TCP connection to its end, and tells whether a new one has taken its place. */
static __always_inline int weir_is_over(struct weir_flow *flow, __u8 tcp_flags, int from_high)
{
	__u32 fins = WEIR_FIN_FROM_LOW | WEIR_FIN_FROM_HIGH;
	__u32 state = flow->state;

	if (state & WEIR_OVER)
		return 1;
	if ((tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && (state & WEIR_RESET || (state & fins) == fins)) {
		flow->state = state | WEIR_OVER;
		return 1;
	}
	if (tcp_flags & (TCP_FIN | TCP_RST)) {
		if (tcp_flags & TCP_FIN)
			state |= from_high ? WEIR_FIN_FROM_HIGH : WEIR_FIN_FROM_LOW;
		if (tcp_flags & TCP_RST)
			state |= WEIR_RESET;
		flow->state = state;
	}
	return 0;
}

/* The verdict for the packet's flow, else WEIR_PASSED. */
static __always_inline __u32 weir_flow_verdict(const struct weir_packet *packet, __u64 lifetime_ns)
{
	struct weir_flow_key key;
	struct weir_flow *flow;
	__u64 now_ns;
	int from_high = weir_key(packet, &key);

	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow)
		return WEIR_PASSED;
	now_ns = bpf_ktime_get_ns();
	if (now_ns - flow->last_seen_ns > lifetime_ns && now_ns > flow->last_seen_ns)
		return WEIR_PASSED;
	if (weir_is_over(flow, packet->protocol == IPPROTO_TCP ? packet->tcp_flags : 0, from_high))
		return WEIR_PASSED;
	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, packet->length);
	flow->last_seen_ns = now_ns;
	return flow->outcome;
}

#define WEIR_STEERED_BY(map, key)                                                                                     \
	({                                                                                                            \
		__u32 *entry = bpf_map_lookup_elem(&(map), key);                                                      \
		entry ? *entry : 0;                                                                                   \
	})

static __always_inline __u32 weir_steer_address(const __be32 *address, __u32 version, __u32 kinds)
{
	if (version == 4 && kinds & WEIR_STEER_PREFIXES4) {
		struct weir_prefix4 prefix = { .length = 32, .address = address[3] };

		return WEIR_STEERED_BY(steering_prefixes4, &prefix);
	}
	if (version == 6 && kinds & WEIR_STEER_PREFIXES6) {
		struct weir_prefix6 prefix = { .length = 128 };

		__builtin_memcpy(prefix.address, address, sizeof(prefix.address));
		return WEIR_STEERED_BY(steering_prefixes6, &prefix);
	}
	return 0;
}

static __always_inline __u32 weir_steer(const struct weir_packet *packet, __u32 kinds)
{
	__u32 where = 0;

	if (kinds & WEIR_STEER_VLANS && packet->vlan[0]) {
		__u32 vlan = WEIR_STEER_VLAN(packet->vlan[0] & VLAN_ID_MASK);

		where |= WEIR_STEERED_BY(steering, &vlan);
	}
	if (packet->version) {
		if (kinds & WEIR_STEER_PROTOCOLS) {
			__u32 protocol = WEIR_STEER_PROTOCOL(packet->protocol);

			where |= WEIR_STEERED_BY(steering, &protocol);
		}
		if (kinds & WEIR_STEER_PORTS && packet->fragment != WEIR_LATER_FRAGMENT) {
			__u32 source = WEIR_STEER_PORT(packet->protocol, bpf_ntohs(packet->source_port));
			__u32 destination = WEIR_STEER_PORT(packet->protocol, bpf_ntohs(packet->destination_port));

			where |= WEIR_STEERED_BY(steering, &source);
			where |= WEIR_STEERED_BY(steering, &destination);
		}
		where |= weir_steer_address(packet->source, packet->version, kinds);
		where |= weir_steer_address(packet->destination, packet->version, kinds);
	}
	if (where & WEIR_TO_KERNEL)
		return WEIR_PASSED;
	return where & WEIR_TO_WEIR || !(kinds & WEIR_STEER_LISTED) ? WEIR_STEERED : WEIR_PASSED;
}

static __always_inline __u32 weir_decide_alone(const struct weir_packet *packet, const struct weir_control *settings)
{
	__u64 list = *(volatile __u64 *)&settings->blocklist;

	if (packet->version) {
		__u32 outcome = (__u32)list ? weir_blocked(packet, list) : WEIR_PASSED;

		if (outcome == WEIR_PASSED && settings->flow_lifetime_ns)
			outcome = weir_flow_verdict(packet, settings->flow_lifetime_ns);
		if (outcome != WEIR_PASSED)
			return outcome;
	}
	return settings->steering ? weir_steer(packet, settings->steering) : WEIR_STEERED;
}

static __always_inline __u32 weir_decide(const struct weir_packet *packet, const struct weir_control *settings)
{
	struct weir_fragment_key key = {};
	__u32 outcome, *first;

	if (packet->fragment == WEIR_WHOLE)
		return weir_decide_alone(packet, settings);
	__builtin_memcpy(key.source, packet->source, sizeof(key.source));
	__builtin_memcpy(key.destination, packet->destination, sizeof(key.destination));
	key.id = packet->fragment_id;
	key.protocol = packet->protocol;
	if (packet->fragment == WEIR_LATER_FRAGMENT) {
		first = bpf_map_lookup_elem(&fragments, &key);
		if (first)
			return *first;
	}
	outcome = weir_decide_alone(packet, settings);
	if (packet->fragment == WEIR_FIRST_FRAGMENT)
		bpf_map_update_elem(&fragments, &key, &outcome, BPF_ANY);
	return outcome;
}

#endif
