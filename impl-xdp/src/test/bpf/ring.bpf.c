// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* For tests: each run puts an event with its number into a ring buffer, of a length that differs; each fifth is discarded. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

/* How many events found no room. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

/* A trie: one of the maps with and without batched operations, by kernel. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 10000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, 8);
	__uint(value_size, 4);
} trie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 10000);
	__type(key, __u32);
	__type(value, __u64);
} per_processor SEC(".maps");

SEC("xdp")
int weir_ring(struct xdp_md *context)
{
	__u32 next = 0, lost = 1;
	__u64 *number = bpf_map_lookup_elem(&numbers, &next);
	__u64 *losses = bpf_map_lookup_elem(&numbers, &lost);
	__u64 *event;

	(void)context;
	if (!number || !losses)
		return XDP_ABORTED;
	(*number)++;
	event = *number % 2 ? bpf_ringbuf_reserve(&events, 8, 0) : bpf_ringbuf_reserve(&events, 20, 0);
	if (!event) {
		(*losses)++;
		return XDP_DROP;
	}
	*event = *number;
	if (*number % 5 == 0)
		bpf_ringbuf_discard(event, 0);
	else
		bpf_ringbuf_submit(event, 0);
	return XDP_PASS;
}

/* The verifier refuses this one: it reads without a look at where the packet ends. */
SEC("?xdp")
int weir_refused(struct xdp_md *context)
{
	__u8 *at = (void *)(long)context->data;

	return *at;
}

char weir_license[] SEC("license") = "GPL";
