/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists more addresses in xdp-filter, all as one that it lists already: filter_fill MAP SOURCE FIRST NUMBER STEP. The map
 * is the pinned one; its own command takes one address a call.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct in_addr listed, first;
	__u64 *value;
	int map, i;

	if (argc != 6 || inet_pton(AF_INET, argv[2], &listed) != 1 || inet_pton(AF_INET, argv[3], &first) != 1) {
		fprintf(stderr, "filter_fill MAP SOURCE FIRST NUMBER STEP\n");
		return 2;
	}
	map = bpf_obj_get(argv[1]);
	value = calloc(libbpf_num_possible_cpus(), sizeof(*value));
	if (map < 0 || !value || bpf_map_lookup_elem(map, &listed, value)) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (i = 0; i < atoi(argv[4]); i++) {
		__u32 address = htonl(ntohl(first.s_addr) + i * atoi(argv[5]));

		if (bpf_map_update_elem(map, &address, value, BPF_ANY)) {
			fprintf(stderr, "address %d: %s\n", i, strerror(errno));
			return 1;
		}
	}
	return 0;
}
