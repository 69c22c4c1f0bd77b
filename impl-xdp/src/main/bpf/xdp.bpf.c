// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* The XDP program: hands packets to the AF_XDP socket of their receive queue, where there is one. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* AF_XDP sockets by the receive queue that they are bound to. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 64);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} sockets SEC(".maps");

SEC("xdp")
int weir_xdp(struct xdp_md *context)
{
	/* Without a socket on the queue the packet goes to the kernel's stack. */
	return bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS);
}

char weir_license[] SEC("license") = "GPL";
