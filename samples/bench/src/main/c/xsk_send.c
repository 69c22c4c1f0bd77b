/*
 * Sends 64-byte UDP frames by libxdp's TX ring, as fast as it goes, while a measured window is open. A frame is counted
 * when the completion ring has it back.
 *
 * usage: xsk_send INTERFACE RING FLOWS
 */
#include "datagram.h"
#include "xsk_port.h"

#include <stdio.h>

static struct xsk_port port;

static uint64_t no_drops(void) { return 0; }

static void write_frame(uint8_t *frame, uint64_t sequence, uint32_t flows) {
    static const uint8_t headers[SEQUENCE_OFFSET] = {
        0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00,                         /* Ethernet */
        0x45, 0, 0, FRAME_BYTES - IPV4_OFFSET, 0, 0, 0x40, 0, 64, IPPROTO_UDP, 0, 0,  /* IPv4 */
        198, 18, 0, 1, 198, 18, 0, 2,                                                 /* RFC 2544 addresses */
        0, 0, 0, DISCARD_PORT, 0, FRAME_BYTES - UDP_OFFSET, 0, 0,
    };
    uint16_t port_number = htons((uint16_t)(FIRST_SOURCE_PORT + sequence % flows));
    memcpy(frame, headers, sizeof headers);
    memset(frame + sizeof headers, 0, FRAME_BYTES - sizeof headers);
    memcpy(frame + UDP_OFFSET, &port_number, sizeof port_number);
    memcpy(frame + SEQUENCE_OFFSET, &sequence, sizeof sequence);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s INTERFACE RING FLOWS\n", argv[0]);
        return 2;
    }
    uint32_t ring = (uint32_t)atoi(argv[2]), flows = (uint32_t)atoi(argv[3]);
    uint8_t *frames;
    struct xsk_umem *umem = open_umem(&port, &frames, ring, ring);
    open_port(&port, umem, argv[1], ring);
    uint64_t *unused = malloc(ring * sizeof *unused);
    uint32_t left = ring;
    for (uint32_t i = 0; i < ring; i++) {
        unused[i] = (uint64_t)i * FRAME_SIZE;
    }
    control_start(no_drops);

    uint64_t sequence = 0;
    for (;;) {
        control_await_window();
        uint32_t tx, done;
        uint32_t count = left < BATCH_SIZE ? left : BATCH_SIZE;
        if (count > 0 && xsk_ring_prod__reserve(&port.tx, count, &tx) == count) {
            for (uint32_t i = 0; i < count; i++) {
                uint64_t address = unused[--left];
                write_frame(frames + address, sequence++, flows);
                *xsk_ring_prod__tx_desc(&port.tx, tx + i) = (struct xdp_desc){.addr = address, .len = FRAME_BYTES};
            }
            xsk_ring_prod__submit(&port.tx, count);
        }
        kick(&port);
        count = xsk_ring_cons__peek(&port.completion, ring, &done);
        for (uint32_t i = 0; i < count; i++) {
            unused[left++] = *xsk_ring_cons__comp_addr(&port.completion, done + i);
        }
        xsk_ring_cons__release(&port.completion, count);
        count_batch(count, (uint64_t)count * FRAME_BYTES, count);
    }
}
