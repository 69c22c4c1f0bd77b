/* The least a receiver can cost: walks the blocks of a packet ring and parses each frame down to UDP. */
#include "datagram.h"
#include "packet_ring.h"

static void receive_block(const struct tpacket_block_desc *block) {
    uint32_t packets = block->hdr.bh1.num_pkts;
    uint64_t bytes = 0, datagrams = 0;
    const uint8_t *header = (const uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
    for (uint32_t i = 0; i < packets; i++) {
        const struct tpacket3_hdr *packet = (const struct tpacket3_hdr *)header;
        bytes += packet->tp_len;
        datagrams += is_flood_datagram(header + packet->tp_mac, packet->tp_snaplen);
        header += packet->tp_next_offset;
    }
    count_batch(packets, bytes, datagrams);
}

int main(int argc, char **argv) { return receive_blocks(argc, argv, receive_block); }
