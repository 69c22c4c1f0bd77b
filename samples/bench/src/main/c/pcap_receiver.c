/*
 * The receiver most programs have: libpcap with its defaults, a kernel buffer of the same size as the other rings, and
 * a callback that parses each frame down to UDP.
 *
 * usage: pcap_receiver INTERFACE BUFFER_BYTES TIMEOUT_MS
 */
#include "control.h"
#include "datagram.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

static pcap_t *capture;

struct batch {
    uint64_t packets, bytes, datagrams;
};

static void fail(const char *call) {
    fprintf(stderr, "%s: %s\n", call, pcap_geterr(capture));
    exit(1);
}

static uint64_t kernel_drops(void) {
    struct pcap_stat stats;
    if (pcap_stats(capture, &stats) != 0) {
        fail("pcap_stats");
    }
    return stats.ps_drop;
}

static void receive(u_char *user, const struct pcap_pkthdr *header, const u_char *frame) {
    struct batch *batch = (struct batch *)user;
    batch->packets++;
    batch->bytes += header->len;
    batch->datagrams += is_flood_datagram(frame, header->caplen);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s INTERFACE BUFFER_BYTES TIMEOUT_MS\n", argv[0]);
        return 2;
    }
    char error[PCAP_ERRBUF_SIZE];
    capture = pcap_create(argv[1], error);
    if (capture == NULL) {
        fprintf(stderr, "pcap_create: %s\n", error);
        return 1;
    }
    pcap_set_snaplen(capture, 65535);
    pcap_set_buffer_size(capture, atoi(argv[2]));
    pcap_set_timeout(capture, atoi(argv[3]));
    pcap_set_immediate_mode(capture, 0);
    if (pcap_activate(capture) < 0) {
        fail("pcap_activate");
    }
    control_start(kernel_drops);
    for (;;) {
        struct batch batch = {0};
        if (pcap_dispatch(capture, -1, receive, (u_char *)&batch) < 0) {
            fail("pcap_dispatch");
        }
        count_batch(batch.packets, batch.bytes, batch.datagrams);
    }
}
