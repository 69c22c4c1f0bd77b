// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * The tc program, for links where XDP does not see the packets: it drops what is blocked, and marks what is accepted and
 * what is steered. It cannot hand packets to an AF_XDP socket: packet sockets behind it, and rules, tell by the mark.
 * Twice: for links with an Ethernet header, and for those whose packets begin with the IP header (tun, WireGuard).
 */
#include "decide.h"

#include <linux/pkt_cls.h>

/* Enough for the headers that are read in all but rare packets; what is not in the linear part is pulled there. */
#define WEIR_HEADER_BYTES 128

static __always_inline void weir_mark(struct __sk_buff *context, const struct weir_control *settings, __u32 outcome)
{
	__u32 mark = context->mark;

	if (settings->steer_mask)
		mark = (mark & ~settings->steer_mask) |
		       (outcome == WEIR_STEERED ? settings->steer_mark & settings->steer_mask : 0);
	if (settings->accept_mask && outcome == WEIR_FLOW_ACCEPTED)
		mark = (mark & ~settings->accept_mask) | (settings->accept_mark & settings->accept_mask);
	if (mark != context->mark)
		context->mark = mark;
}

static __always_inline int weir_run(struct __sk_buff *context, int ethernet)
{
	struct weir_packet packet = { .length = context->len };
	struct weir_control *settings = weir_settings();
	struct weir_cursor cursor;
	__be16 type = context->protocol;
	__u32 linear = context->data_end - context->data;
	__u32 outcome;

	if (!settings)
		return TC_ACT_UNSPEC;
	if (linear < WEIR_HEADER_BYTES && linear < context->len)
		bpf_skb_pull_data(context, context->len < WEIR_HEADER_BYTES ? context->len : WEIR_HEADER_BYTES);
	cursor.at = (void *)(long)context->data;
	cursor.end = (void *)(long)context->data_end;
	/* The outermost tag has been taken out of the frame. */
	if (context->vlan_present)
		weir_add_vlan(&packet, context->vlan_tci);
	if (ethernet)
		type = weir_parse_ethernet(&cursor, &packet);
	weir_parse_network(&cursor, &packet, type);
	outcome = weir_decide(&packet, settings);
	weir_count(outcome, packet.length);
	if (weir_is_drop(outcome))
		return TC_ACT_SHOT;
	weir_mark(context, settings, outcome);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int weir_tc(struct __sk_buff *context)
{
	return weir_run(context, 1);
}

SEC("tc")
int weir_tc_ip(struct __sk_buff *context)
{
	return weir_run(context, 0);
}

char weir_license[] SEC("license") = "GPL";
