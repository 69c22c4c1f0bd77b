/*
 * Receives by libxdp's rings, parses each frame down to UDP, and drops it. Sleeps in poll; with PAUSE_US, after a sleep
 * that brought packets in numbers, by the clock instead.
 *
 * usage: xsk_drop INTERFACE RING [PAUSE_US]
 */
#include "datagram.h"
#include "xsk_port.h"

#include <stdio.h>

static struct xsk_port port;

static uint64_t drops(void) { return port_drops(&port); }

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s INTERFACE RING [PAUSE_US]\n", argv[0]);
        return 2;
    }
    useconds_t pause_us = argc == 4 ? (useconds_t)atoi(argv[3]) : 0;
    uint32_t since_sleep = 0;
    uint32_t ring = (uint32_t)atoi(argv[2]);
    uint8_t *frames;
    struct xsk_umem *umem = open_umem(&port, &frames, 2 * ring, ring);
    open_port(&port, umem, argv[1], ring);
    fill_with(&port, 0, 2 * ring);
    redirect_to(&port, argv[1]);
    control_start(drops);

    struct pollfd readable = {.fd = xsk_socket__fd(port.socket), .events = POLLIN};
    for (;;) {
        uint32_t rx, fill;
        uint32_t count = xsk_ring_cons__peek(&port.rx, BATCH_SIZE, &rx);
        if (count == 0) {
            if (pause_us > 0 && since_sleep >= BATCH_SIZE) {
                usleep(pause_us);
            } else {
                poll(&readable, 1, -1);
            }
            since_sleep = 0;
            continue;
        }
        since_sleep += count;
        while (xsk_ring_prod__reserve(&port.fill, count, &fill) != count) {
            /* what was taken has left room for as much */
        }
        uint64_t bytes = 0, datagrams = 0;
        for (uint32_t i = 0; i < count; i++) {
            const struct xdp_desc *packet = xsk_ring_cons__rx_desc(&port.rx, rx + i);
            bytes += packet->len;
            datagrams += is_flood_datagram(frames + packet->addr, packet->len);
            *xsk_ring_prod__fill_addr(&port.fill, fill + i) = packet->addr;
        }
        xsk_ring_prod__submit(&port.fill, count);
        xsk_ring_cons__release(&port.rx, count);
        count_batch(count, bytes, datagrams);
    }
}
