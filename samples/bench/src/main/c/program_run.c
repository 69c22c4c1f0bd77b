/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the kernel run an XDP program, known by its id, on a packet: program_run ID INTERFACE MODE COUNT SOURCES STEP.
 * alone: the program by itself, one call after the other; live: frames as a driver hands them in, recycled when the
 * program drops them (BPF_F_TEST_XDP_LIVE_FRAMES); varied: one call for each packet, from another address each time, timed
 * by the kernel. The packet is 64 bytes of UDP from SOURCES, an address, or FIRST/NUMBER for so many from the first on,
 * STEP apart, in an order that no cache foresees. Prints nanoseconds per packet and what the program returned.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PACKET_BYTES 60 /* 64 with the frame check sequence, which is not there */

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void write_packet(unsigned char *packet, const char *source)
{
	static const unsigned char headers[] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00, /* Ethernet */
		0x45, 0, 0, PACKET_BYTES - 14, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2, /* IPv4 */
		0x9c, 0x40, 0x13, 0x88, 0, PACKET_BYTES - 34, 0, 0, /* UDP 40000 > 5000 */
	};

	memset(packet, 0, PACKET_BYTES);
	memcpy(packet, headers, sizeof(headers));
	if (inet_pton(AF_INET, source, packet + 26) != 1) {
		fprintf(stderr, "not an address: %s\n", source);
		exit(2);
	}
}

/* Greatest common divisor 1 with every number of addresses that is used: all come before one comes again. */
#define STRIDE 786433

static int run_varied(int program, struct bpf_test_run_opts *options, unsigned char *packet, int count, int sources, int step)
{
	unsigned int first, at = 0;
	double total_ns = 0;
	int i;

	memcpy(&first, packet + 26, sizeof(first));
	first = ntohl(first);
	for (i = 0; i < count; i++) {
		unsigned int source = htonl(first + at * step);
		int result;

		at = (at + STRIDE) % sources;
		memcpy(packet + 26, &source, sizeof(source));
		options->repeat = 1;
		options->data_size_in = PACKET_BYTES;
		result = bpf_prog_test_run_opts(program, options);
		if (result < 0) {
			fprintf(stderr, "test run: %s\n", strerror(-result));
			return 1;
		}
		if (options->retval != XDP_DROP) {
			fprintf(stderr, "packet %d was not dropped\n", i);
			return 1;
		}
		total_ns += options->duration;
	}
	printf("%.2f %u\n", total_ns / count, options->retval);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned char packet[PACKET_BYTES];
	int sources = 1;
	char *number;
	struct xdp_md context = { .data_end = PACKET_BYTES };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = PACKET_BYTES);
	double begin_ns;
	int program, live, result;

	if (argc != 7) {
		fprintf(stderr, "program_run ID INTERFACE alone|live|varied COUNT SOURCE[/NUMBER] STEP\n");
		return 2;
	}
	number = strchr(argv[5], '/');
	if (number) {
		*number = 0;
		sources = atoi(number + 1);
	}
	live = strcmp(argv[3], "live") == 0;
	program = bpf_prog_get_fd_by_id(atoi(argv[1]));
	if (program < 0) {
		fprintf(stderr, "no program %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	write_packet(packet, argv[5]);
	options.repeat = atoi(argv[4]);
	if (strcmp(argv[3], "varied") == 0)
		return run_varied(program, &options, packet, atoi(argv[4]), sources, atoi(argv[6]));
	if (live) {
		context.ingress_ifindex = if_nametoindex(argv[2]);
		options.ctx_in = &context;
		options.ctx_size_in = sizeof(context);
		options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	}
	begin_ns = now_ns();
	result = bpf_prog_test_run_opts(program, &options);
	if (result < 0) {
		fprintf(stderr, "test run: %s\n", strerror(-result));
		return 1;
	}
	/* The kernel measures the first kind itself, in whole nanoseconds. */
	printf("%.2f %u\n", (now_ns() - begin_ns) / options.repeat, options.retval);
	return 0;
}
