// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The XDP program: drops what is blocked, and hands what is steered to Weir to the AF_XDP socket of its receive queue.
 * Twice: once for drivers that receive a packet in several buffers (jumbo frames, Linux 5.18 and later), once for all
 * others.
 */
#include "decide.h"

/* AF_XDP sockets by the receive queue that they are bound to. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 64);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} sockets SEC(".maps");

static __always_inline int weir_run(struct xdp_md *context, __u32 length)
{
	struct weir_cursor cursor = { .at = (void *)(long)context->data, .end = (void *)(long)context->data_end };
	struct weir_control *settings = weir_settings();
	struct weir_packet packet = { .length = length };
	__u32 outcome;
	int action = XDP_PASS;

	if (!settings)
		return XDP_PASS;
	weir_parse_network(&cursor, &packet, weir_parse_ethernet(&cursor, &packet));
	outcome = weir_decide(&packet, settings);
	if (weir_is_drop(outcome)) {
		action = XDP_DROP;
	} else if (outcome == WEIR_STEERED) {
		/* Without a socket on the queue the packet goes to the kernel's stack. */
		action = bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS);
		if (action != XDP_REDIRECT)
			outcome = WEIR_NO_SOCKET;
	}
	weir_count(outcome, length);
	return action;
}

SEC("xdp")
int weir_xdp(struct xdp_md *context)
{
	return weir_run(context, context->data_end - context->data);
}

SEC("xdp.frags")
int weir_xdp_frags(struct xdp_md *context)
{
	return weir_run(context, bpf_xdp_get_buff_len(context));
}

char weir_license[] SEC("license") = "GPL";
