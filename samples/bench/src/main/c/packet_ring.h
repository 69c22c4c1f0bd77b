/*
 * A TPACKET_V3 ring (Documentation/networking/packet_mmap.rst) and the loop around it, for receivers that differ in what they
 * do with a block of packets.
 *
 * usage of each: PROGRAM INTERFACE BLOCK_BYTES BLOCKS RETIRE_MS
 */
#ifndef WEIR_BENCH_PACKET_RING_H
#define WEIR_BENCH_PACKET_RING_H

#include "control.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int ring_socket;

/* PACKET_STATISTICS resets when it is read, so the sum is kept here. */
static uint64_t kernel_drops(void) {
    static uint64_t sum;
    struct tpacket_stats_v3 stats;
    socklen_t length = sizeof stats;
    if (getsockopt(ring_socket, SOL_PACKET, PACKET_STATISTICS, &stats, &length) != 0) {
        die("getsockopt PACKET_STATISTICS");
    }
    return sum += stats.tp_drops;
}

static uint8_t *open_ring(const char *interface, const struct tpacket_req3 *request) {
    /* Protocol 0 receives nothing until bind names the interface: no packet of another one gets in. */
    ring_socket = socket(AF_PACKET, SOCK_RAW, 0);
    if (ring_socket < 0) {
        die("socket AF_PACKET");
    }
    int version = TPACKET_V3;
    if (setsockopt(ring_socket, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0) {
        die("setsockopt PACKET_VERSION");
    }
    if (setsockopt(ring_socket, SOL_PACKET, PACKET_RX_RING, request, sizeof *request) != 0) {
        die("setsockopt PACKET_RX_RING");
    }
    uint8_t *ring = mmap(NULL, (size_t)request->tp_block_size * request->tp_block_nr, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_POPULATE, ring_socket, 0);
    if (ring == MAP_FAILED) {
        die("mmap of the ring");
    }
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = (int)if_nametoindex(interface),
    };
    if (address.sll_ifindex == 0 || bind(ring_socket, (struct sockaddr *)&address, sizeof address) != 0) {
        die(interface);
    }
    return ring;
}

/* Receives for ever; sleeps while there is no block. */
static int receive_blocks(int argc, char **argv, void (*receive_block)(const struct tpacket_block_desc *)) {
    if (argc != 5) {
        fprintf(stderr, "usage: %s INTERFACE BLOCK_BYTES BLOCKS RETIRE_MS\n", argv[0]);
        return 2;
    }
    struct tpacket_req3 request = {
        .tp_block_size = (unsigned)atoi(argv[2]),
        .tp_block_nr = (unsigned)atoi(argv[3]),
        .tp_frame_size = TPACKET_ALIGNMENT << 7, /* V3 packs frames; the kernel only checks that this divides a block */
        .tp_retire_blk_tov = (unsigned)atoi(argv[4]),
    };
    request.tp_frame_nr = request.tp_block_size / request.tp_frame_size * request.tp_block_nr;
    uint8_t *ring = open_ring(argv[1], &request);
    control_start(kernel_drops);

    struct pollfd readable = {.fd = ring_socket, .events = POLLIN | POLLERR};
    for (unsigned next = 0;; next = (next + 1) % request.tp_block_nr) {
        struct tpacket_block_desc *block =
            (struct tpacket_block_desc *)(ring + (size_t)next * request.tp_block_size);
        while (!(__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
            poll(&readable, 1, -1);
        }
        receive_block(block);
        __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    }
}

#endif
