/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The maps that every program has. Sizes that depend on the host's wishes are set when the object is loaded. */
#ifndef WEIR_MAPS_H
#define WEIR_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "weir.h"

/* The slots of a blocklist's maps: one generation is in force, the other one is empty or being filled. */
#define WEIR_GENERATIONS 2

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WEIR_OUTCOMES);
	__type(key, __u32);
	__type(value, struct weir_count);
} counts SEC(".maps");

/* Verdicts for the rest of a flow. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct weir_flow_key);
	__type(value, struct weir_flow);
} flows SEC(".maps");

/* What became of the first fragment of a datagram, for those that follow. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct weir_fragment_key);
	__type(value, __u32);
} fragments SEC(".maps");

/* VLANs, protocols and ports, see WEIR_STEER_VLAN and its siblings. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} steering SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_prefix4);
	__type(value, __u32);
} steering_prefixes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_prefix6);
	__type(value, __u32);
} steering_prefixes6 SEC(".maps");

/*
 * The blocklist: two generations of each kind of entry. Single addresses are looked up in a hash table, which is many
 * times as fast as a trie with a million entries.
 */
#define WEIR_BLOCKLIST(name, map_kind, key_type, flags)                                                               \
	struct {                                                                                                      \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);                                                             \
		__uint(max_entries, WEIR_GENERATIONS);                                                                \
		__type(key, __u32);                                                                                   \
		__array(values, struct {                                                                              \
			__uint(type, map_kind);                                                                       \
			__uint(max_entries, 1);                                                                       \
			__uint(map_flags, flags);                                                                     \
			__uint(key_size, sizeof(key_type));                                                           \
			__uint(value_size, sizeof(__u32));                                                            \
		});                                                                                                   \
	} name SEC(".maps")

WEIR_BLOCKLIST(block_hosts4, BPF_MAP_TYPE_HASH, __be32, 0);
WEIR_BLOCKLIST(block_hosts6, BPF_MAP_TYPE_HASH, __be32[4], 0);
WEIR_BLOCKLIST(block_prefixes4, BPF_MAP_TYPE_LPM_TRIE, struct weir_prefix4, BPF_F_NO_PREALLOC);
WEIR_BLOCKLIST(block_prefixes6, BPF_MAP_TYPE_LPM_TRIE, struct weir_prefix6, BPF_F_NO_PREALLOC);
/* The protocol above the port, both in the machine's order. */
WEIR_BLOCKLIST(block_ports, BPF_MAP_TYPE_HASH, __u32, 0);
WEIR_BLOCKLIST(block_flows, BPF_MAP_TYPE_HASH, struct weir_flow_key, 0);

#endif
