/*
 * Takes frames from one interface and sends them out of the other, both ways, from the frames they came in: one umem,
 * two sockets of libxdp.
 *
 * usage: xsk_bridge INTERFACE INTERFACE RING
 */
#include "datagram.h"
#include "xsk_port.h"

#include <stdio.h>

static struct xsk_port ports[2];
static uint32_t on_their_way[2];

static uint64_t drops(void) { return port_drops(&ports[0]) + port_drops(&ports[1]); }

/* What the other side has sent goes back into the fill ring of the side it came from. */
static void take_back(struct xsk_port *out, struct xsk_port *from, uint32_t *pending) {
    uint32_t done, fill;
    uint32_t count = xsk_ring_cons__peek(&out->completion, BATCH_SIZE, &done);
    if (count == 0) {
        return;
    }
    while (xsk_ring_prod__reserve(&from->fill, count, &fill) != count) {
        /* what was taken has left room for as much */
    }
    for (uint32_t i = 0; i < count; i++) {
        /* The kernel takes the frame's start from any address within it. */
        *xsk_ring_prod__fill_addr(&from->fill, fill + i) = *xsk_ring_cons__comp_addr(&out->completion, done + i);
    }
    xsk_ring_prod__submit(&from->fill, count);
    xsk_ring_cons__release(&out->completion, count);
    *pending -= count;
}

static uint32_t forward(struct xsk_port *from, struct xsk_port *out, const uint8_t *frames, uint32_t *pending) {
    uint32_t rx, tx;
    uint32_t count = xsk_ring_cons__peek(&from->rx, BATCH_SIZE, &rx);
    if (count > 0) {
        while (xsk_ring_prod__reserve(&out->tx, count, &tx) != count) {
            kick(out);
            take_back(out, from, pending);
        }
        uint64_t bytes = 0, datagrams = 0;
        for (uint32_t i = 0; i < count; i++) {
            const struct xdp_desc *packet = xsk_ring_cons__rx_desc(&from->rx, rx + i);
            bytes += packet->len;
            datagrams += is_flood_datagram(frames + packet->addr, packet->len);
            *xsk_ring_prod__tx_desc(&out->tx, tx + i) = (struct xdp_desc){.addr = packet->addr, .len = packet->len};
        }
        xsk_ring_prod__submit(&out->tx, count);
        xsk_ring_cons__release(&from->rx, count);
        *pending += count;
        count_batch(count, bytes, datagrams);
    }
    if (*pending > 0) {
        kick(out);
        take_back(out, from, pending);
    }
    return count;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s INTERFACE INTERFACE RING\n", argv[0]);
        return 2;
    }
    uint32_t ring = (uint32_t)atoi(argv[3]);
    uint8_t *frames;
    struct xsk_umem *umem = open_umem(&ports[0], &frames, 4 * ring, ring);
    for (int i = 0; i < 2; i++) {
        open_port(&ports[i], umem, argv[1 + i], ring);
        fill_with(&ports[i], (uint32_t)i * 2 * ring, 2 * ring);
    }
    redirect_to(&ports[0], argv[1]);
    redirect_to(&ports[1], argv[2]);
    control_start(drops);

    struct pollfd readable[2] = {{.fd = xsk_socket__fd(ports[0].socket), .events = POLLIN},
                                 {.fd = xsk_socket__fd(ports[1].socket), .events = POLLIN}};
    for (;;) {
        uint32_t count = forward(&ports[0], &ports[1], frames, &on_their_way[0]) +
                         forward(&ports[1], &ports[0], frames, &on_their_way[1]);
        if (count == 0) {
            poll(readable, 2, on_their_way[0] + on_their_way[1] > 0 ? 1 : -1);
        }
    }
}
